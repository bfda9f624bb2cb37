// The matrix product of OpenBLAS, where it is installed, to be measured against. Nothing else in the house uses a native library.

using System.Runtime.InteropServices;
using Maison.Tensors.Kernels;

namespace Maison.Cli.Bench;

/// <summary>libopenblas, loaded at run time.</summary>
sealed unsafe class OpenBlas
{
    const int rowMajor = 101, plain = 111, transposed = 112;

    readonly delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> sgemm;

    OpenBlas(nint library, int threads)
    {
        sgemm = (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)NativeLibrary.GetExport(library, "cblas_sgemm");
        ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "openblas_set_num_threads"))(threads);
    }

    /// <summary>The library with so many threads; null when this machine has none.</summary>
    public static OpenBlas? Load(int threads)
    {
        // It takes some newer processors for older ones. Its kernels for Skylake are the ones for AVX-512, and the best is what counts.
        if (System.Runtime.Intrinsics.X86.Avx512F.IsSupported && OperatingSystem.IsLinux())
            SetEnvironment("OPENBLAS_CORETYPE", "SKYLAKEX");
        return NativeLibrary.TryLoad("libopenblas.so.0", out var library) || NativeLibrary.TryLoad("libopenblas", out library) ? new OpenBlas(library, threads) : null;
    }

    /// <summary>The environment that a native library sees.</summary>
    static void SetEnvironment(string name, string value)
    {
        if (!NativeLibrary.TryLoad("libc.so.6", out var libc)) return;
        nint n = Marshal.StringToCoTaskMemUTF8(name), v = Marshal.StringToCoTaskMemUTF8(value);
        ((delegate* unmanaged<nint, nint, int, int>)NativeLibrary.GetExport(libc, "setenv"))(n, v, 1);
        Marshal.FreeCoTaskMem(n);
        Marshal.FreeCoTaskMem(v);
    }

    /// <summary>The probe's product, once.</summary>
    public void Run(ProductProbe p)
    {
        switch (p.Product)
        {
            case MatrixProduct.Forward: sgemm(rowMajor, plain, transposed, p.Rows, p.Outputs, p.Inputs, 1f, p.X, p.Inputs, p.W, p.Inputs, 0f, p.Y, p.Outputs); break;
            case MatrixProduct.ToInputs: sgemm(rowMajor, plain, plain, p.Rows, p.Inputs, p.Outputs, 1f, p.Y, p.Outputs, p.W, p.Inputs, 0f, p.X, p.Inputs); break;
            case MatrixProduct.ToWeights: sgemm(rowMajor, transposed, plain, p.Outputs, p.Inputs, p.Rows, 1f, p.Y, p.Outputs, p.X, p.Inputs, 1f, p.W, p.Inputs); break;
        }
    }
}
