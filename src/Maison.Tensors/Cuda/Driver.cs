// The entry points of NVIDIA's driver, run-time compiler and matrix library that the CUDA kernel table calls. They are found when a
// device is asked for; nothing here is touched on a machine without one.

using System.Reflection;
using System.Runtime.InteropServices;

namespace Maison.Tensors.Cuda;

/// <summary>An error of the GPU's driver or libraries.</summary>
public sealed class CudaException(string message) : Exception(message);

static unsafe partial class Driver
{
    const string cuda = "cuda", nvrtc = "nvrtc", cublas = "cublas";

    /// <summary>Where the libraries lie when the loader does not know.</summary>
    static readonly string[] folders = ["/usr/local/cuda/lib64", "/usr/local/nvidia/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/wsl/lib"];

    static Driver() => NativeLibrary.SetDllImportResolver(typeof(Driver).Assembly, Resolve);

    static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        string[] files = name switch
        {
            cuda => ["libcuda.so.1", "nvcuda.dll"],
            nvrtc => ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so", "nvrtc64_130_0.dll", "nvrtc64_120_0.dll"],
            cublas => ["libcublas.so.13", "libcublas.so.12", "libcublas.so", "cublas64_13.dll", "cublas64_12.dll"],
            _ => [],
        };
        foreach (var file in files)
        {
            if (NativeLibrary.TryLoad(file, out var library)) return library;
            foreach (var folder in folders)
                if (NativeLibrary.TryLoad(Path.Combine(folder, file), out library)) return library;
        }
        return 0;
    }

    public static void Check(int result, string call)
    {
        if (result == 0) return;
        byte* text = null;
        cuGetErrorString(result, &text);
        throw new CudaException($"{call} failed with error {result}: {Marshal.PtrToStringUTF8((nint)text) ?? "no description"}.");
    }

    public static void CheckProducts(int status, string call)
    {
        if (status != 0) throw new CudaException($"{call} failed with cuBLAS status {status}.");
    }

    /// <summary>CUlaunchAttribute: one of its values.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 72)]
    public struct LaunchAttribute
    {
        /// <summary>CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION.</summary>
        public const int BeginsEarly = 6;

        [FieldOffset(0)] public int Id;
        [FieldOffset(8)] public int Value;
    }

    /// <summary>CUlaunchConfig.</summary>
    public struct LaunchConfig
    {
        public uint GridX, GridY, GridZ, BlockX, BlockY, BlockZ, Shared;
        public nint Stream;
        public LaunchAttribute* Attributes;
        public uint Count;
    }

    [LibraryImport(cuda)] public static partial int cuInit(uint flags);
    [LibraryImport(cuda)] public static partial int cuGetErrorString(int error, byte** text);
    [LibraryImport(cuda)] public static partial int cuDeviceGetCount(int* count);
    [LibraryImport(cuda)] public static partial int cuDeviceGet(int* device, int ordinal);
    [LibraryImport(cuda)] public static partial int cuDeviceGetName(byte* name, int length, int device);
    [LibraryImport(cuda)] public static partial int cuDeviceGetAttribute(int* value, int attribute, int device);
    [LibraryImport(cuda)] public static partial int cuDevicePrimaryCtxRetain(nint* context, int device);
    [LibraryImport(cuda)] public static partial int cuCtxSetCurrent(nint context);
    [LibraryImport(cuda)] public static partial int cuStreamCreate(nint* stream, uint flags);
    [LibraryImport(cuda)] public static partial int cuStreamDestroy_v2(nint stream);
    [LibraryImport(cuda)] public static partial int cuStreamBeginCapture_v2(nint stream, int mode);
    [LibraryImport(cuda)] public static partial int cuStreamEndCapture(nint stream, nint* graph);
    [LibraryImport(cuda)] public static partial int cuGraphInstantiateWithFlags(nint* ready, nint graph, ulong flags);
    [LibraryImport(cuda)] public static partial int cuGraphLaunch(nint ready, nint stream);
    [LibraryImport(cuda)] public static partial int cuGraphExecDestroy(nint ready);
    [LibraryImport(cuda)] public static partial int cuGraphDestroy(nint graph);
    [LibraryImport(cuda)] public static partial int cuStreamSynchronize(nint stream);
    [LibraryImport(cuda)] public static partial int cuMemGetInfo_v2(nuint* free, nuint* total);
    [LibraryImport(cuda)] public static partial int cuMemAllocManaged(nint* address, nuint bytes, uint flags);
    [LibraryImport(cuda)] public static partial int cuMemHostAlloc(nint* address, nuint bytes, uint flags);
    [LibraryImport(cuda)] public static partial int cuMemFreeHost(nint address);
    [LibraryImport(cuda)] public static partial int cuMemFree_v2(nint address);
    [LibraryImport(cuda)] public static partial int cuMemcpyAsync(nint to, nint from, nuint bytes, nint stream);
    [LibraryImport(cuda)] public static partial int cuMemsetD8Async(nint to, byte value, nuint bytes, nint stream);
    [LibraryImport(cuda)] public static partial int cuMemPrefetchAsync(nint address, nuint bytes, int device, nint stream);
    [LibraryImport(cuda)] public static partial int cuModuleLoadData(nint* module, void* image);
    [LibraryImport(cuda, StringMarshalling = StringMarshalling.Utf8)] public static partial int cuModuleGetFunction(nint* function, nint module, string name);
    [LibraryImport(cuda)] public static partial int cuFuncSetAttribute(nint function, int attribute, int value);
    [LibraryImport(cuda)] public static partial int cuLaunchKernel(nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint shared, nint stream, void** arguments, void** extra);
    [LibraryImport(cuda)] public static partial int cuLaunchKernelEx(LaunchConfig* how, nint function, void** arguments, void** extra);

    [LibraryImport(nvrtc, StringMarshalling = StringMarshalling.Utf8)] public static partial int nvrtcCreateProgram(nint* program, string source, string name, int headers, nint headerSources, nint headerNames);
    [LibraryImport(nvrtc)] public static partial int nvrtcCompileProgram(nint program, int options, byte** values);
    [LibraryImport(nvrtc)] public static partial int nvrtcGetProgramLogSize(nint program, nuint* bytes);
    [LibraryImport(nvrtc)] public static partial int nvrtcGetProgramLog(nint program, byte* log);
    [LibraryImport(nvrtc)] public static partial int nvrtcGetCUBINSize(nint program, nuint* bytes);
    [LibraryImport(nvrtc)] public static partial int nvrtcGetCUBIN(nint program, byte* image);
    [LibraryImport(nvrtc)] public static partial int nvrtcDestroyProgram(nint* program);

    [LibraryImport(cublas)] public static partial int cublasCreate_v2(nint* handle);
    [LibraryImport(cublas)] public static partial int cublasSetStream_v2(nint handle, nint stream);
    [LibraryImport(cublas)] public static partial int cublasSetWorkspace_v2(nint handle, nint workspace, nuint bytes);
    [LibraryImport(cublas)]
    public static partial int cublasGemmEx(nint handle, int transposeA, int transposeB, int m, int n, int k, float* alpha,
        void* a, int typeA, int lda, void* b, int typeB, int ldb, float* beta, void* c, int typeC, int ldc, int compute, int algorithm);

    [LibraryImport(cublas)]
    public static partial int cublasGemmStridedBatchedEx(nint handle, int transposeA, int transposeB, int m, int n, int k, float* alpha, void* a, int typeA, int lda, long strideA,
        void* b, int typeB, int ldb, long strideB, float* beta, void* c, int typeC, int ldc, long strideC, int count, int compute, int algorithm);
}
