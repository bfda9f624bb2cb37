// The register kernels of the matrix product for AVX2: 16 registers of 8 lanes hold 6 rows × 16 columns of C, so a panel of 64
// columns is four sub-panels, each read at the panel's stride. Fewer rows take wider strips: eight accumulators hide the latency
// of the multiply-add. Lanes are columns of C; each output adds its products in the order of k, as in MatMul.Vector512.cs, and
// has its bits. The scalar twin is TileScalar in MatMul.cs.

using System.Runtime.Intrinsics;

namespace Maison.Tensors.Kernels;

static unsafe class MatMulVector256
{
    /// <summary>6 rows × 16 columns, 12 accumulators.</summary>
    public static void Tile6(float* a, nint aM, nint aK, float* b, nint bK, float* c, nint cM, nint k, bool accumulate)
    {
        float* a1 = a + aM;
        float* a2 = a + 2 * aM;
        float* a3 = a + 3 * aM;
        float* a4 = a + 4 * aM;
        float* a5 = a + 5 * aM;
        Vector256<float> x00 = default, x01 = default;
        Vector256<float> x10 = default, x11 = default;
        Vector256<float> x20 = default, x21 = default;
        Vector256<float> x30 = default, x31 = default;
        Vector256<float> x40 = default, x41 = default;
        Vector256<float> x50 = default, x51 = default;
        if (accumulate)
        {
            x00 = Vector256.Load(c); x01 = Vector256.Load(c + 8);
            x10 = Vector256.Load(c + cM); x11 = Vector256.Load(c + cM + 8);
            x20 = Vector256.Load(c + 2 * cM); x21 = Vector256.Load(c + 2 * cM + 8);
            x30 = Vector256.Load(c + 3 * cM); x31 = Vector256.Load(c + 3 * cM + 8);
            x40 = Vector256.Load(c + 4 * cM); x41 = Vector256.Load(c + 4 * cM + 8);
            x50 = Vector256.Load(c + 5 * cM); x51 = Vector256.Load(c + 5 * cM + 8);
        }
        for (; k > 0; k--)
        {
            var b0 = Vector256.Load(b);
            var b1 = Vector256.Load(b + 8);
            b += bK;
            var v = Vector256.Create(*a);
            x00 = Vector256.MultiplyAddEstimate(v, b0, x00);
            x01 = Vector256.MultiplyAddEstimate(v, b1, x01);
            a += aK;
            v = Vector256.Create(*a1);
            x10 = Vector256.MultiplyAddEstimate(v, b0, x10);
            x11 = Vector256.MultiplyAddEstimate(v, b1, x11);
            a1 += aK;
            v = Vector256.Create(*a2);
            x20 = Vector256.MultiplyAddEstimate(v, b0, x20);
            x21 = Vector256.MultiplyAddEstimate(v, b1, x21);
            a2 += aK;
            v = Vector256.Create(*a3);
            x30 = Vector256.MultiplyAddEstimate(v, b0, x30);
            x31 = Vector256.MultiplyAddEstimate(v, b1, x31);
            a3 += aK;
            v = Vector256.Create(*a4);
            x40 = Vector256.MultiplyAddEstimate(v, b0, x40);
            x41 = Vector256.MultiplyAddEstimate(v, b1, x41);
            a4 += aK;
            v = Vector256.Create(*a5);
            x50 = Vector256.MultiplyAddEstimate(v, b0, x50);
            x51 = Vector256.MultiplyAddEstimate(v, b1, x51);
            a5 += aK;
        }
        Vector256.Store(x00, c);
        Vector256.Store(x01, c + 8);
        Vector256.Store(x10, c + cM);
        Vector256.Store(x11, c + cM + 8);
        Vector256.Store(x20, c + 2 * cM);
        Vector256.Store(x21, c + 2 * cM + 8);
        Vector256.Store(x30, c + 3 * cM);
        Vector256.Store(x31, c + 3 * cM + 8);
        Vector256.Store(x40, c + 4 * cM);
        Vector256.Store(x41, c + 4 * cM + 8);
        Vector256.Store(x50, c + 5 * cM);
        Vector256.Store(x51, c + 5 * cM + 8);
    }

    /// <summary>4 rows × 16 columns, 8 accumulators.</summary>
    public static void Tile4(float* a, nint aM, nint aK, float* b, nint bK, float* c, nint cM, nint k, bool accumulate)
    {
        float* a1 = a + aM;
        float* a2 = a + 2 * aM;
        float* a3 = a + 3 * aM;
        Vector256<float> x00 = default, x01 = default;
        Vector256<float> x10 = default, x11 = default;
        Vector256<float> x20 = default, x21 = default;
        Vector256<float> x30 = default, x31 = default;
        if (accumulate)
        {
            x00 = Vector256.Load(c); x01 = Vector256.Load(c + 8);
            x10 = Vector256.Load(c + cM); x11 = Vector256.Load(c + cM + 8);
            x20 = Vector256.Load(c + 2 * cM); x21 = Vector256.Load(c + 2 * cM + 8);
            x30 = Vector256.Load(c + 3 * cM); x31 = Vector256.Load(c + 3 * cM + 8);
        }
        for (; k > 0; k--)
        {
            var b0 = Vector256.Load(b);
            var b1 = Vector256.Load(b + 8);
            b += bK;
            var v = Vector256.Create(*a);
            x00 = Vector256.MultiplyAddEstimate(v, b0, x00);
            x01 = Vector256.MultiplyAddEstimate(v, b1, x01);
            a += aK;
            v = Vector256.Create(*a1);
            x10 = Vector256.MultiplyAddEstimate(v, b0, x10);
            x11 = Vector256.MultiplyAddEstimate(v, b1, x11);
            a1 += aK;
            v = Vector256.Create(*a2);
            x20 = Vector256.MultiplyAddEstimate(v, b0, x20);
            x21 = Vector256.MultiplyAddEstimate(v, b1, x21);
            a2 += aK;
            v = Vector256.Create(*a3);
            x30 = Vector256.MultiplyAddEstimate(v, b0, x30);
            x31 = Vector256.MultiplyAddEstimate(v, b1, x31);
            a3 += aK;
        }
        Vector256.Store(x00, c);
        Vector256.Store(x01, c + 8);
        Vector256.Store(x10, c + cM);
        Vector256.Store(x11, c + cM + 8);
        Vector256.Store(x20, c + 2 * cM);
        Vector256.Store(x21, c + 2 * cM + 8);
        Vector256.Store(x30, c + 3 * cM);
        Vector256.Store(x31, c + 3 * cM + 8);
    }

    /// <summary>2 rows × 32 columns, 8 accumulators.</summary>
    public static void Tile2(float* a, nint aM, nint aK, float* b, nint bK, float* c, nint cM, nint k, bool accumulate)
    {
        float* a1 = a + aM;
        Vector256<float> x00 = default, x01 = default, x02 = default, x03 = default;
        Vector256<float> x10 = default, x11 = default, x12 = default, x13 = default;
        if (accumulate)
        {
            x00 = Vector256.Load(c); x01 = Vector256.Load(c + 8); x02 = Vector256.Load(c + 16); x03 = Vector256.Load(c + 24);
            x10 = Vector256.Load(c + cM); x11 = Vector256.Load(c + cM + 8); x12 = Vector256.Load(c + cM + 16); x13 = Vector256.Load(c + cM + 24);
        }
        for (; k > 0; k--)
        {
            var b0 = Vector256.Load(b);
            var b1 = Vector256.Load(b + 8);
            var b2 = Vector256.Load(b + 16);
            var b3 = Vector256.Load(b + 24);
            b += bK;
            var v = Vector256.Create(*a);
            x00 = Vector256.MultiplyAddEstimate(v, b0, x00);
            x01 = Vector256.MultiplyAddEstimate(v, b1, x01);
            x02 = Vector256.MultiplyAddEstimate(v, b2, x02);
            x03 = Vector256.MultiplyAddEstimate(v, b3, x03);
            a += aK;
            v = Vector256.Create(*a1);
            x10 = Vector256.MultiplyAddEstimate(v, b0, x10);
            x11 = Vector256.MultiplyAddEstimate(v, b1, x11);
            x12 = Vector256.MultiplyAddEstimate(v, b2, x12);
            x13 = Vector256.MultiplyAddEstimate(v, b3, x13);
            a1 += aK;
        }
        Vector256.Store(x00, c);
        Vector256.Store(x01, c + 8);
        Vector256.Store(x02, c + 16);
        Vector256.Store(x03, c + 24);
        Vector256.Store(x10, c + cM);
        Vector256.Store(x11, c + cM + 8);
        Vector256.Store(x12, c + cM + 16);
        Vector256.Store(x13, c + cM + 24);
    }

    /// <summary>1 row × 64 columns, 8 accumulators.</summary>
    public static void Tile1(float* a, nint aM, nint aK, float* b, nint bK, float* c, nint cM, nint k, bool accumulate)
    {
        Vector256<float> x00 = default, x01 = default, x02 = default, x03 = default, x04 = default, x05 = default, x06 = default, x07 = default;
        if (accumulate)
        {
            x00 = Vector256.Load(c); x01 = Vector256.Load(c + 8); x02 = Vector256.Load(c + 16); x03 = Vector256.Load(c + 24); x04 = Vector256.Load(c + 32); x05 = Vector256.Load(c + 40); x06 = Vector256.Load(c + 48); x07 = Vector256.Load(c + 56);
        }
        for (; k > 0; k--)
        {
            var b0 = Vector256.Load(b);
            var b1 = Vector256.Load(b + 8);
            var b2 = Vector256.Load(b + 16);
            var b3 = Vector256.Load(b + 24);
            var b4 = Vector256.Load(b + 32);
            var b5 = Vector256.Load(b + 40);
            var b6 = Vector256.Load(b + 48);
            var b7 = Vector256.Load(b + 56);
            b += bK;
            var v = Vector256.Create(*a);
            x00 = Vector256.MultiplyAddEstimate(v, b0, x00);
            x01 = Vector256.MultiplyAddEstimate(v, b1, x01);
            x02 = Vector256.MultiplyAddEstimate(v, b2, x02);
            x03 = Vector256.MultiplyAddEstimate(v, b3, x03);
            x04 = Vector256.MultiplyAddEstimate(v, b4, x04);
            x05 = Vector256.MultiplyAddEstimate(v, b5, x05);
            x06 = Vector256.MultiplyAddEstimate(v, b6, x06);
            x07 = Vector256.MultiplyAddEstimate(v, b7, x07);
            a += aK;
        }
        Vector256.Store(x00, c);
        Vector256.Store(x01, c + 8);
        Vector256.Store(x02, c + 16);
        Vector256.Store(x03, c + 24);
        Vector256.Store(x04, c + 32);
        Vector256.Store(x05, c + 40);
        Vector256.Store(x06, c + 48);
        Vector256.Store(x07, c + 56);
    }
}
