// The register kernel of the matrix product for AVX-512: rows × 64 columns of C stay in registers while k runs.
// Lanes are columns of C; each output adds its products in the order of k, starting from what C held, so blocking over k, rows or
// threads never changes a bit. The scalar twin is TileScalar in MatMul.cs.

using System.Runtime.Intrinsics;

namespace Maison.Tensors.Kernels;

static unsafe class MatMulVector512
{
    /// <summary>6 rows × 64 columns, 24 accumulators.</summary>
    public static void Tile6(float* a, nint aM, nint aK, float* b, nint bK, float* c, nint cM, nint k, bool accumulate)
    {
        float* a1 = a + aM;
        float* a2 = a + 2 * aM;
        float* a3 = a + 3 * aM;
        float* a4 = a + 4 * aM;
        float* a5 = a + 5 * aM;
        Vector512<float> x00 = default, x01 = default, x02 = default, x03 = default;
        Vector512<float> x10 = default, x11 = default, x12 = default, x13 = default;
        Vector512<float> x20 = default, x21 = default, x22 = default, x23 = default;
        Vector512<float> x30 = default, x31 = default, x32 = default, x33 = default;
        Vector512<float> x40 = default, x41 = default, x42 = default, x43 = default;
        Vector512<float> x50 = default, x51 = default, x52 = default, x53 = default;
        if (accumulate)
        {
            x00 = Vector512.Load(c); x01 = Vector512.Load(c + 16); x02 = Vector512.Load(c + 32); x03 = Vector512.Load(c + 48);
            x10 = Vector512.Load(c + cM); x11 = Vector512.Load(c + cM + 16); x12 = Vector512.Load(c + cM + 32); x13 = Vector512.Load(c + cM + 48);
            x20 = Vector512.Load(c + 2 * cM); x21 = Vector512.Load(c + 2 * cM + 16); x22 = Vector512.Load(c + 2 * cM + 32); x23 = Vector512.Load(c + 2 * cM + 48);
            x30 = Vector512.Load(c + 3 * cM); x31 = Vector512.Load(c + 3 * cM + 16); x32 = Vector512.Load(c + 3 * cM + 32); x33 = Vector512.Load(c + 3 * cM + 48);
            x40 = Vector512.Load(c + 4 * cM); x41 = Vector512.Load(c + 4 * cM + 16); x42 = Vector512.Load(c + 4 * cM + 32); x43 = Vector512.Load(c + 4 * cM + 48);
            x50 = Vector512.Load(c + 5 * cM); x51 = Vector512.Load(c + 5 * cM + 16); x52 = Vector512.Load(c + 5 * cM + 32); x53 = Vector512.Load(c + 5 * cM + 48);
        }
        for (; k > 0; k--)
        {
            var b0 = Vector512.Load(b);
            var b1 = Vector512.Load(b + 16);
            var b2 = Vector512.Load(b + 32);
            var b3 = Vector512.Load(b + 48);
            b += bK;
            var v = Vector512.Create(*a);
            x00 = Vector512.MultiplyAddEstimate(v, b0, x00);
            x01 = Vector512.MultiplyAddEstimate(v, b1, x01);
            x02 = Vector512.MultiplyAddEstimate(v, b2, x02);
            x03 = Vector512.MultiplyAddEstimate(v, b3, x03);
            a += aK;
            v = Vector512.Create(*a1);
            x10 = Vector512.MultiplyAddEstimate(v, b0, x10);
            x11 = Vector512.MultiplyAddEstimate(v, b1, x11);
            x12 = Vector512.MultiplyAddEstimate(v, b2, x12);
            x13 = Vector512.MultiplyAddEstimate(v, b3, x13);
            a1 += aK;
            v = Vector512.Create(*a2);
            x20 = Vector512.MultiplyAddEstimate(v, b0, x20);
            x21 = Vector512.MultiplyAddEstimate(v, b1, x21);
            x22 = Vector512.MultiplyAddEstimate(v, b2, x22);
            x23 = Vector512.MultiplyAddEstimate(v, b3, x23);
            a2 += aK;
            v = Vector512.Create(*a3);
            x30 = Vector512.MultiplyAddEstimate(v, b0, x30);
            x31 = Vector512.MultiplyAddEstimate(v, b1, x31);
            x32 = Vector512.MultiplyAddEstimate(v, b2, x32);
            x33 = Vector512.MultiplyAddEstimate(v, b3, x33);
            a3 += aK;
            v = Vector512.Create(*a4);
            x40 = Vector512.MultiplyAddEstimate(v, b0, x40);
            x41 = Vector512.MultiplyAddEstimate(v, b1, x41);
            x42 = Vector512.MultiplyAddEstimate(v, b2, x42);
            x43 = Vector512.MultiplyAddEstimate(v, b3, x43);
            a4 += aK;
            v = Vector512.Create(*a5);
            x50 = Vector512.MultiplyAddEstimate(v, b0, x50);
            x51 = Vector512.MultiplyAddEstimate(v, b1, x51);
            x52 = Vector512.MultiplyAddEstimate(v, b2, x52);
            x53 = Vector512.MultiplyAddEstimate(v, b3, x53);
            a5 += aK;
        }
        Vector512.Store(x00, c);
        Vector512.Store(x01, c + 16);
        Vector512.Store(x02, c + 32);
        Vector512.Store(x03, c + 48);
        Vector512.Store(x10, c + cM);
        Vector512.Store(x11, c + cM + 16);
        Vector512.Store(x12, c + cM + 32);
        Vector512.Store(x13, c + cM + 48);
        Vector512.Store(x20, c + 2 * cM);
        Vector512.Store(x21, c + 2 * cM + 16);
        Vector512.Store(x22, c + 2 * cM + 32);
        Vector512.Store(x23, c + 2 * cM + 48);
        Vector512.Store(x30, c + 3 * cM);
        Vector512.Store(x31, c + 3 * cM + 16);
        Vector512.Store(x32, c + 3 * cM + 32);
        Vector512.Store(x33, c + 3 * cM + 48);
        Vector512.Store(x40, c + 4 * cM);
        Vector512.Store(x41, c + 4 * cM + 16);
        Vector512.Store(x42, c + 4 * cM + 32);
        Vector512.Store(x43, c + 4 * cM + 48);
        Vector512.Store(x50, c + 5 * cM);
        Vector512.Store(x51, c + 5 * cM + 16);
        Vector512.Store(x52, c + 5 * cM + 32);
        Vector512.Store(x53, c + 5 * cM + 48);
    }

    /// <summary>4 rows × 64 columns, 16 accumulators.</summary>
    public static void Tile4(float* a, nint aM, nint aK, float* b, nint bK, float* c, nint cM, nint k, bool accumulate)
    {
        float* a1 = a + aM;
        float* a2 = a + 2 * aM;
        float* a3 = a + 3 * aM;
        Vector512<float> x00 = default, x01 = default, x02 = default, x03 = default;
        Vector512<float> x10 = default, x11 = default, x12 = default, x13 = default;
        Vector512<float> x20 = default, x21 = default, x22 = default, x23 = default;
        Vector512<float> x30 = default, x31 = default, x32 = default, x33 = default;
        if (accumulate)
        {
            x00 = Vector512.Load(c); x01 = Vector512.Load(c + 16); x02 = Vector512.Load(c + 32); x03 = Vector512.Load(c + 48);
            x10 = Vector512.Load(c + cM); x11 = Vector512.Load(c + cM + 16); x12 = Vector512.Load(c + cM + 32); x13 = Vector512.Load(c + cM + 48);
            x20 = Vector512.Load(c + 2 * cM); x21 = Vector512.Load(c + 2 * cM + 16); x22 = Vector512.Load(c + 2 * cM + 32); x23 = Vector512.Load(c + 2 * cM + 48);
            x30 = Vector512.Load(c + 3 * cM); x31 = Vector512.Load(c + 3 * cM + 16); x32 = Vector512.Load(c + 3 * cM + 32); x33 = Vector512.Load(c + 3 * cM + 48);
        }
        for (; k > 0; k--)
        {
            var b0 = Vector512.Load(b);
            var b1 = Vector512.Load(b + 16);
            var b2 = Vector512.Load(b + 32);
            var b3 = Vector512.Load(b + 48);
            b += bK;
            var v = Vector512.Create(*a);
            x00 = Vector512.MultiplyAddEstimate(v, b0, x00);
            x01 = Vector512.MultiplyAddEstimate(v, b1, x01);
            x02 = Vector512.MultiplyAddEstimate(v, b2, x02);
            x03 = Vector512.MultiplyAddEstimate(v, b3, x03);
            a += aK;
            v = Vector512.Create(*a1);
            x10 = Vector512.MultiplyAddEstimate(v, b0, x10);
            x11 = Vector512.MultiplyAddEstimate(v, b1, x11);
            x12 = Vector512.MultiplyAddEstimate(v, b2, x12);
            x13 = Vector512.MultiplyAddEstimate(v, b3, x13);
            a1 += aK;
            v = Vector512.Create(*a2);
            x20 = Vector512.MultiplyAddEstimate(v, b0, x20);
            x21 = Vector512.MultiplyAddEstimate(v, b1, x21);
            x22 = Vector512.MultiplyAddEstimate(v, b2, x22);
            x23 = Vector512.MultiplyAddEstimate(v, b3, x23);
            a2 += aK;
            v = Vector512.Create(*a3);
            x30 = Vector512.MultiplyAddEstimate(v, b0, x30);
            x31 = Vector512.MultiplyAddEstimate(v, b1, x31);
            x32 = Vector512.MultiplyAddEstimate(v, b2, x32);
            x33 = Vector512.MultiplyAddEstimate(v, b3, x33);
            a3 += aK;
        }
        Vector512.Store(x00, c);
        Vector512.Store(x01, c + 16);
        Vector512.Store(x02, c + 32);
        Vector512.Store(x03, c + 48);
        Vector512.Store(x10, c + cM);
        Vector512.Store(x11, c + cM + 16);
        Vector512.Store(x12, c + cM + 32);
        Vector512.Store(x13, c + cM + 48);
        Vector512.Store(x20, c + 2 * cM);
        Vector512.Store(x21, c + 2 * cM + 16);
        Vector512.Store(x22, c + 2 * cM + 32);
        Vector512.Store(x23, c + 2 * cM + 48);
        Vector512.Store(x30, c + 3 * cM);
        Vector512.Store(x31, c + 3 * cM + 16);
        Vector512.Store(x32, c + 3 * cM + 32);
        Vector512.Store(x33, c + 3 * cM + 48);
    }

    /// <summary>2 rows × 64 columns, 8 accumulators.</summary>
    public static void Tile2(float* a, nint aM, nint aK, float* b, nint bK, float* c, nint cM, nint k, bool accumulate)
    {
        float* a1 = a + aM;
        Vector512<float> x00 = default, x01 = default, x02 = default, x03 = default;
        Vector512<float> x10 = default, x11 = default, x12 = default, x13 = default;
        if (accumulate)
        {
            x00 = Vector512.Load(c); x01 = Vector512.Load(c + 16); x02 = Vector512.Load(c + 32); x03 = Vector512.Load(c + 48);
            x10 = Vector512.Load(c + cM); x11 = Vector512.Load(c + cM + 16); x12 = Vector512.Load(c + cM + 32); x13 = Vector512.Load(c + cM + 48);
        }
        for (; k > 0; k--)
        {
            var b0 = Vector512.Load(b);
            var b1 = Vector512.Load(b + 16);
            var b2 = Vector512.Load(b + 32);
            var b3 = Vector512.Load(b + 48);
            b += bK;
            var v = Vector512.Create(*a);
            x00 = Vector512.MultiplyAddEstimate(v, b0, x00);
            x01 = Vector512.MultiplyAddEstimate(v, b1, x01);
            x02 = Vector512.MultiplyAddEstimate(v, b2, x02);
            x03 = Vector512.MultiplyAddEstimate(v, b3, x03);
            a += aK;
            v = Vector512.Create(*a1);
            x10 = Vector512.MultiplyAddEstimate(v, b0, x10);
            x11 = Vector512.MultiplyAddEstimate(v, b1, x11);
            x12 = Vector512.MultiplyAddEstimate(v, b2, x12);
            x13 = Vector512.MultiplyAddEstimate(v, b3, x13);
            a1 += aK;
        }
        Vector512.Store(x00, c);
        Vector512.Store(x01, c + 16);
        Vector512.Store(x02, c + 32);
        Vector512.Store(x03, c + 48);
        Vector512.Store(x10, c + cM);
        Vector512.Store(x11, c + cM + 16);
        Vector512.Store(x12, c + cM + 32);
        Vector512.Store(x13, c + cM + 48);
    }

    /// <summary>1 row × 64 columns, 4 accumulators.</summary>
    public static void Tile1(float* a, nint aM, nint aK, float* b, nint bK, float* c, nint cM, nint k, bool accumulate)
    {
        Vector512<float> x00 = default, x01 = default, x02 = default, x03 = default;
        if (accumulate)
        {
            x00 = Vector512.Load(c); x01 = Vector512.Load(c + 16); x02 = Vector512.Load(c + 32); x03 = Vector512.Load(c + 48);
        }
        for (; k > 0; k--)
        {
            var b0 = Vector512.Load(b);
            var b1 = Vector512.Load(b + 16);
            var b2 = Vector512.Load(b + 32);
            var b3 = Vector512.Load(b + 48);
            b += bK;
            var v = Vector512.Create(*a);
            x00 = Vector512.MultiplyAddEstimate(v, b0, x00);
            x01 = Vector512.MultiplyAddEstimate(v, b1, x01);
            x02 = Vector512.MultiplyAddEstimate(v, b2, x02);
            x03 = Vector512.MultiplyAddEstimate(v, b3, x03);
            a += aK;
        }
        Vector512.Store(x00, c);
        Vector512.Store(x01, c + 16);
        Vector512.Store(x02, c + 32);
        Vector512.Store(x03, c + 48);
    }
}
