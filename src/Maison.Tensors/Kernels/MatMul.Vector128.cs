// The portable register kernels of the matrix product, shaped for NEON: of 32 registers of 4 lanes, 24 hold 6 rows × 16 columns of
// C. Lanes are columns of C; each output adds its products in the order of k, as in MatMul.Vector512.cs, and has its bits where the
// machine fuses multiply and add. The scalar twin is TileScalar in MatMul.cs.

using System.Runtime.Intrinsics;

namespace Maison.Tensors.Kernels;

static unsafe class MatMulVector128
{
    /// <summary>6 rows × 16 columns, 24 accumulators.</summary>
    public static void Tile6(float* a, nint aM, nint aK, float* b, nint bK, float* c, nint cM, nint k, bool accumulate)
    {
        float* a1 = a + aM;
        float* a2 = a + 2 * aM;
        float* a3 = a + 3 * aM;
        float* a4 = a + 4 * aM;
        float* a5 = a + 5 * aM;
        Vector128<float> x00 = default, x01 = default, x02 = default, x03 = default;
        Vector128<float> x10 = default, x11 = default, x12 = default, x13 = default;
        Vector128<float> x20 = default, x21 = default, x22 = default, x23 = default;
        Vector128<float> x30 = default, x31 = default, x32 = default, x33 = default;
        Vector128<float> x40 = default, x41 = default, x42 = default, x43 = default;
        Vector128<float> x50 = default, x51 = default, x52 = default, x53 = default;
        if (accumulate)
        {
            x00 = Vector128.Load(c); x01 = Vector128.Load(c + 4); x02 = Vector128.Load(c + 8); x03 = Vector128.Load(c + 12);
            x10 = Vector128.Load(c + cM); x11 = Vector128.Load(c + cM + 4); x12 = Vector128.Load(c + cM + 8); x13 = Vector128.Load(c + cM + 12);
            x20 = Vector128.Load(c + 2 * cM); x21 = Vector128.Load(c + 2 * cM + 4); x22 = Vector128.Load(c + 2 * cM + 8); x23 = Vector128.Load(c + 2 * cM + 12);
            x30 = Vector128.Load(c + 3 * cM); x31 = Vector128.Load(c + 3 * cM + 4); x32 = Vector128.Load(c + 3 * cM + 8); x33 = Vector128.Load(c + 3 * cM + 12);
            x40 = Vector128.Load(c + 4 * cM); x41 = Vector128.Load(c + 4 * cM + 4); x42 = Vector128.Load(c + 4 * cM + 8); x43 = Vector128.Load(c + 4 * cM + 12);
            x50 = Vector128.Load(c + 5 * cM); x51 = Vector128.Load(c + 5 * cM + 4); x52 = Vector128.Load(c + 5 * cM + 8); x53 = Vector128.Load(c + 5 * cM + 12);
        }
        for (; k > 0; k--)
        {
            var b0 = Vector128.Load(b);
            var b1 = Vector128.Load(b + 4);
            var b2 = Vector128.Load(b + 8);
            var b3 = Vector128.Load(b + 12);
            b += bK;
            var v = Vector128.Create(*a);
            x00 = Vector128.MultiplyAddEstimate(v, b0, x00);
            x01 = Vector128.MultiplyAddEstimate(v, b1, x01);
            x02 = Vector128.MultiplyAddEstimate(v, b2, x02);
            x03 = Vector128.MultiplyAddEstimate(v, b3, x03);
            a += aK;
            v = Vector128.Create(*a1);
            x10 = Vector128.MultiplyAddEstimate(v, b0, x10);
            x11 = Vector128.MultiplyAddEstimate(v, b1, x11);
            x12 = Vector128.MultiplyAddEstimate(v, b2, x12);
            x13 = Vector128.MultiplyAddEstimate(v, b3, x13);
            a1 += aK;
            v = Vector128.Create(*a2);
            x20 = Vector128.MultiplyAddEstimate(v, b0, x20);
            x21 = Vector128.MultiplyAddEstimate(v, b1, x21);
            x22 = Vector128.MultiplyAddEstimate(v, b2, x22);
            x23 = Vector128.MultiplyAddEstimate(v, b3, x23);
            a2 += aK;
            v = Vector128.Create(*a3);
            x30 = Vector128.MultiplyAddEstimate(v, b0, x30);
            x31 = Vector128.MultiplyAddEstimate(v, b1, x31);
            x32 = Vector128.MultiplyAddEstimate(v, b2, x32);
            x33 = Vector128.MultiplyAddEstimate(v, b3, x33);
            a3 += aK;
            v = Vector128.Create(*a4);
            x40 = Vector128.MultiplyAddEstimate(v, b0, x40);
            x41 = Vector128.MultiplyAddEstimate(v, b1, x41);
            x42 = Vector128.MultiplyAddEstimate(v, b2, x42);
            x43 = Vector128.MultiplyAddEstimate(v, b3, x43);
            a4 += aK;
            v = Vector128.Create(*a5);
            x50 = Vector128.MultiplyAddEstimate(v, b0, x50);
            x51 = Vector128.MultiplyAddEstimate(v, b1, x51);
            x52 = Vector128.MultiplyAddEstimate(v, b2, x52);
            x53 = Vector128.MultiplyAddEstimate(v, b3, x53);
            a5 += aK;
        }
        Vector128.Store(x00, c);
        Vector128.Store(x01, c + 4);
        Vector128.Store(x02, c + 8);
        Vector128.Store(x03, c + 12);
        Vector128.Store(x10, c + cM);
        Vector128.Store(x11, c + cM + 4);
        Vector128.Store(x12, c + cM + 8);
        Vector128.Store(x13, c + cM + 12);
        Vector128.Store(x20, c + 2 * cM);
        Vector128.Store(x21, c + 2 * cM + 4);
        Vector128.Store(x22, c + 2 * cM + 8);
        Vector128.Store(x23, c + 2 * cM + 12);
        Vector128.Store(x30, c + 3 * cM);
        Vector128.Store(x31, c + 3 * cM + 4);
        Vector128.Store(x32, c + 3 * cM + 8);
        Vector128.Store(x33, c + 3 * cM + 12);
        Vector128.Store(x40, c + 4 * cM);
        Vector128.Store(x41, c + 4 * cM + 4);
        Vector128.Store(x42, c + 4 * cM + 8);
        Vector128.Store(x43, c + 4 * cM + 12);
        Vector128.Store(x50, c + 5 * cM);
        Vector128.Store(x51, c + 5 * cM + 4);
        Vector128.Store(x52, c + 5 * cM + 8);
        Vector128.Store(x53, c + 5 * cM + 12);
    }

    /// <summary>4 rows × 16 columns, 16 accumulators.</summary>
    public static void Tile4(float* a, nint aM, nint aK, float* b, nint bK, float* c, nint cM, nint k, bool accumulate)
    {
        float* a1 = a + aM;
        float* a2 = a + 2 * aM;
        float* a3 = a + 3 * aM;
        Vector128<float> x00 = default, x01 = default, x02 = default, x03 = default;
        Vector128<float> x10 = default, x11 = default, x12 = default, x13 = default;
        Vector128<float> x20 = default, x21 = default, x22 = default, x23 = default;
        Vector128<float> x30 = default, x31 = default, x32 = default, x33 = default;
        if (accumulate)
        {
            x00 = Vector128.Load(c); x01 = Vector128.Load(c + 4); x02 = Vector128.Load(c + 8); x03 = Vector128.Load(c + 12);
            x10 = Vector128.Load(c + cM); x11 = Vector128.Load(c + cM + 4); x12 = Vector128.Load(c + cM + 8); x13 = Vector128.Load(c + cM + 12);
            x20 = Vector128.Load(c + 2 * cM); x21 = Vector128.Load(c + 2 * cM + 4); x22 = Vector128.Load(c + 2 * cM + 8); x23 = Vector128.Load(c + 2 * cM + 12);
            x30 = Vector128.Load(c + 3 * cM); x31 = Vector128.Load(c + 3 * cM + 4); x32 = Vector128.Load(c + 3 * cM + 8); x33 = Vector128.Load(c + 3 * cM + 12);
        }
        for (; k > 0; k--)
        {
            var b0 = Vector128.Load(b);
            var b1 = Vector128.Load(b + 4);
            var b2 = Vector128.Load(b + 8);
            var b3 = Vector128.Load(b + 12);
            b += bK;
            var v = Vector128.Create(*a);
            x00 = Vector128.MultiplyAddEstimate(v, b0, x00);
            x01 = Vector128.MultiplyAddEstimate(v, b1, x01);
            x02 = Vector128.MultiplyAddEstimate(v, b2, x02);
            x03 = Vector128.MultiplyAddEstimate(v, b3, x03);
            a += aK;
            v = Vector128.Create(*a1);
            x10 = Vector128.MultiplyAddEstimate(v, b0, x10);
            x11 = Vector128.MultiplyAddEstimate(v, b1, x11);
            x12 = Vector128.MultiplyAddEstimate(v, b2, x12);
            x13 = Vector128.MultiplyAddEstimate(v, b3, x13);
            a1 += aK;
            v = Vector128.Create(*a2);
            x20 = Vector128.MultiplyAddEstimate(v, b0, x20);
            x21 = Vector128.MultiplyAddEstimate(v, b1, x21);
            x22 = Vector128.MultiplyAddEstimate(v, b2, x22);
            x23 = Vector128.MultiplyAddEstimate(v, b3, x23);
            a2 += aK;
            v = Vector128.Create(*a3);
            x30 = Vector128.MultiplyAddEstimate(v, b0, x30);
            x31 = Vector128.MultiplyAddEstimate(v, b1, x31);
            x32 = Vector128.MultiplyAddEstimate(v, b2, x32);
            x33 = Vector128.MultiplyAddEstimate(v, b3, x33);
            a3 += aK;
        }
        Vector128.Store(x00, c);
        Vector128.Store(x01, c + 4);
        Vector128.Store(x02, c + 8);
        Vector128.Store(x03, c + 12);
        Vector128.Store(x10, c + cM);
        Vector128.Store(x11, c + cM + 4);
        Vector128.Store(x12, c + cM + 8);
        Vector128.Store(x13, c + cM + 12);
        Vector128.Store(x20, c + 2 * cM);
        Vector128.Store(x21, c + 2 * cM + 4);
        Vector128.Store(x22, c + 2 * cM + 8);
        Vector128.Store(x23, c + 2 * cM + 12);
        Vector128.Store(x30, c + 3 * cM);
        Vector128.Store(x31, c + 3 * cM + 4);
        Vector128.Store(x32, c + 3 * cM + 8);
        Vector128.Store(x33, c + 3 * cM + 12);
    }

    /// <summary>2 rows × 32 columns, 16 accumulators.</summary>
    public static void Tile2(float* a, nint aM, nint aK, float* b, nint bK, float* c, nint cM, nint k, bool accumulate)
    {
        float* a1 = a + aM;
        Vector128<float> x00 = default, x01 = default, x02 = default, x03 = default, x04 = default, x05 = default, x06 = default, x07 = default;
        Vector128<float> x10 = default, x11 = default, x12 = default, x13 = default, x14 = default, x15 = default, x16 = default, x17 = default;
        if (accumulate)
        {
            x00 = Vector128.Load(c); x01 = Vector128.Load(c + 4); x02 = Vector128.Load(c + 8); x03 = Vector128.Load(c + 12); x04 = Vector128.Load(c + 16); x05 = Vector128.Load(c + 20); x06 = Vector128.Load(c + 24); x07 = Vector128.Load(c + 28);
            x10 = Vector128.Load(c + cM); x11 = Vector128.Load(c + cM + 4); x12 = Vector128.Load(c + cM + 8); x13 = Vector128.Load(c + cM + 12); x14 = Vector128.Load(c + cM + 16); x15 = Vector128.Load(c + cM + 20); x16 = Vector128.Load(c + cM + 24); x17 = Vector128.Load(c + cM + 28);
        }
        for (; k > 0; k--)
        {
            var b0 = Vector128.Load(b);
            var b1 = Vector128.Load(b + 4);
            var b2 = Vector128.Load(b + 8);
            var b3 = Vector128.Load(b + 12);
            var b4 = Vector128.Load(b + 16);
            var b5 = Vector128.Load(b + 20);
            var b6 = Vector128.Load(b + 24);
            var b7 = Vector128.Load(b + 28);
            b += bK;
            var v = Vector128.Create(*a);
            x00 = Vector128.MultiplyAddEstimate(v, b0, x00);
            x01 = Vector128.MultiplyAddEstimate(v, b1, x01);
            x02 = Vector128.MultiplyAddEstimate(v, b2, x02);
            x03 = Vector128.MultiplyAddEstimate(v, b3, x03);
            x04 = Vector128.MultiplyAddEstimate(v, b4, x04);
            x05 = Vector128.MultiplyAddEstimate(v, b5, x05);
            x06 = Vector128.MultiplyAddEstimate(v, b6, x06);
            x07 = Vector128.MultiplyAddEstimate(v, b7, x07);
            a += aK;
            v = Vector128.Create(*a1);
            x10 = Vector128.MultiplyAddEstimate(v, b0, x10);
            x11 = Vector128.MultiplyAddEstimate(v, b1, x11);
            x12 = Vector128.MultiplyAddEstimate(v, b2, x12);
            x13 = Vector128.MultiplyAddEstimate(v, b3, x13);
            x14 = Vector128.MultiplyAddEstimate(v, b4, x14);
            x15 = Vector128.MultiplyAddEstimate(v, b5, x15);
            x16 = Vector128.MultiplyAddEstimate(v, b6, x16);
            x17 = Vector128.MultiplyAddEstimate(v, b7, x17);
            a1 += aK;
        }
        Vector128.Store(x00, c);
        Vector128.Store(x01, c + 4);
        Vector128.Store(x02, c + 8);
        Vector128.Store(x03, c + 12);
        Vector128.Store(x04, c + 16);
        Vector128.Store(x05, c + 20);
        Vector128.Store(x06, c + 24);
        Vector128.Store(x07, c + 28);
        Vector128.Store(x10, c + cM);
        Vector128.Store(x11, c + cM + 4);
        Vector128.Store(x12, c + cM + 8);
        Vector128.Store(x13, c + cM + 12);
        Vector128.Store(x14, c + cM + 16);
        Vector128.Store(x15, c + cM + 20);
        Vector128.Store(x16, c + cM + 24);
        Vector128.Store(x17, c + cM + 28);
    }

    /// <summary>1 row × 64 columns, 16 accumulators.</summary>
    public static void Tile1(float* a, nint aM, nint aK, float* b, nint bK, float* c, nint cM, nint k, bool accumulate)
    {
        Vector128<float> x00 = default, x01 = default, x02 = default, x03 = default, x04 = default, x05 = default, x06 = default, x07 = default, x08 = default, x09 = default, x0a = default, x0b = default, x0c = default, x0d = default, x0e = default, x0f = default;
        if (accumulate)
        {
            x00 = Vector128.Load(c); x01 = Vector128.Load(c + 4); x02 = Vector128.Load(c + 8); x03 = Vector128.Load(c + 12); x04 = Vector128.Load(c + 16); x05 = Vector128.Load(c + 20); x06 = Vector128.Load(c + 24); x07 = Vector128.Load(c + 28); x08 = Vector128.Load(c + 32); x09 = Vector128.Load(c + 36); x0a = Vector128.Load(c + 40); x0b = Vector128.Load(c + 44); x0c = Vector128.Load(c + 48); x0d = Vector128.Load(c + 52); x0e = Vector128.Load(c + 56); x0f = Vector128.Load(c + 60);
        }
        for (; k > 0; k--)
        {
            var b0 = Vector128.Load(b);
            var b1 = Vector128.Load(b + 4);
            var b2 = Vector128.Load(b + 8);
            var b3 = Vector128.Load(b + 12);
            var b4 = Vector128.Load(b + 16);
            var b5 = Vector128.Load(b + 20);
            var b6 = Vector128.Load(b + 24);
            var b7 = Vector128.Load(b + 28);
            var b8 = Vector128.Load(b + 32);
            var b9 = Vector128.Load(b + 36);
            var ba = Vector128.Load(b + 40);
            var bb = Vector128.Load(b + 44);
            var bc = Vector128.Load(b + 48);
            var bd = Vector128.Load(b + 52);
            var be = Vector128.Load(b + 56);
            var bf = Vector128.Load(b + 60);
            b += bK;
            var v = Vector128.Create(*a);
            x00 = Vector128.MultiplyAddEstimate(v, b0, x00);
            x01 = Vector128.MultiplyAddEstimate(v, b1, x01);
            x02 = Vector128.MultiplyAddEstimate(v, b2, x02);
            x03 = Vector128.MultiplyAddEstimate(v, b3, x03);
            x04 = Vector128.MultiplyAddEstimate(v, b4, x04);
            x05 = Vector128.MultiplyAddEstimate(v, b5, x05);
            x06 = Vector128.MultiplyAddEstimate(v, b6, x06);
            x07 = Vector128.MultiplyAddEstimate(v, b7, x07);
            x08 = Vector128.MultiplyAddEstimate(v, b8, x08);
            x09 = Vector128.MultiplyAddEstimate(v, b9, x09);
            x0a = Vector128.MultiplyAddEstimate(v, ba, x0a);
            x0b = Vector128.MultiplyAddEstimate(v, bb, x0b);
            x0c = Vector128.MultiplyAddEstimate(v, bc, x0c);
            x0d = Vector128.MultiplyAddEstimate(v, bd, x0d);
            x0e = Vector128.MultiplyAddEstimate(v, be, x0e);
            x0f = Vector128.MultiplyAddEstimate(v, bf, x0f);
            a += aK;
        }
        Vector128.Store(x00, c);
        Vector128.Store(x01, c + 4);
        Vector128.Store(x02, c + 8);
        Vector128.Store(x03, c + 12);
        Vector128.Store(x04, c + 16);
        Vector128.Store(x05, c + 20);
        Vector128.Store(x06, c + 24);
        Vector128.Store(x07, c + 28);
        Vector128.Store(x08, c + 32);
        Vector128.Store(x09, c + 36);
        Vector128.Store(x0a, c + 40);
        Vector128.Store(x0b, c + 44);
        Vector128.Store(x0c, c + 48);
        Vector128.Store(x0d, c + 52);
        Vector128.Store(x0e, c + 56);
        Vector128.Store(x0f, c + 60);
    }
}
