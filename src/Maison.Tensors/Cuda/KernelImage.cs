// The CUDA kernels of this assembly: sources that are embedded in it, compiled by NVIDIA's run-time compiler for the device at hand and kept per machine, so
// that only the first start waits for it. Programs are compiled side by side, each on a thread of its own.

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Maison.Tensors.Cuda;

/// <summary>The compiled kernels: CUDA C embedded in this assembly, compiled once per machine and kept.</summary>
static unsafe class KernelImage
{
    static readonly string[][] programs = [["text", "experts", "updates", "convolutions", "image"], ["attention", "attention.tensor"], ["voice", "spectra"], ["serving"]];

    /// <summary>The image of every program.</summary>
    /// <param name="architecture">Compute capability times ten.</param>
    public static byte[][] Load(int architecture) => Task.WhenAll(programs.Select(names => Task.Factory.StartNew(() => Load(["common", .. names], architecture), TaskCreationOptions.LongRunning))).GetAwaiter().GetResult();

    static byte[] Load(string[] names, int architecture)
    {
        var source = Source(names);
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source)))[..16];
        var folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "maison", "cuda");
        var path = Path.Combine(folder, $"{key}-sm{architecture}.cubin");
        if (File.Exists(path)) return File.ReadAllBytes(path);
        var image = Compile(source, architecture);
        Directory.CreateDirectory(folder);
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        File.WriteAllBytes(temporary, image);
        File.Move(temporary, path, overwrite: true);
        return image;
    }

    static string Source(string[] names)
    {
        var text = new StringBuilder();
        foreach (var name in names)
        {
            using var stream = typeof(KernelImage).Assembly.GetManifestResourceStream($"Maison.Tensors.Cuda.Sources.{name}.cu") ?? throw new CudaException($"The CUDA source {name}.cu is missing from the assembly.");
            using var reader = new StreamReader(stream);
            text.Append("#line 1 \"").Append(name).Append(".cu\"\n").Append(reader.ReadToEnd()).Append('\n');
        }
        return text.ToString();
    }

    static byte[] Compile(string source, int architecture)
    {
        nint program;
        Check(Driver.nvrtcCreateProgram(&program, source, "maison.cu", 0, 0, 0));
        var options = new[] { $"--gpu-architecture=sm_{architecture}", "--std=c++17", "--extra-device-vectorization" }.Select(o => Marshal.StringToCoTaskMemUTF8(o)).ToArray();
        fixed (nint* values = options)
        {
            var result = Driver.nvrtcCompileProgram(program, options.Length, (byte**)values);
            nuint bytes;
            if (result != 0)
            {
                Check(Driver.nvrtcGetProgramLogSize(program, &bytes));
                var log = new byte[bytes];
                fixed (byte* p = log) Check(Driver.nvrtcGetProgramLog(program, p));
                throw new CudaException($"The CUDA kernels do not compile for sm_{architecture}:\n{Encoding.UTF8.GetString(log)}");
            }
            Check(Driver.nvrtcGetCUBINSize(program, &bytes));
            var image = new byte[bytes];
            fixed (byte* p = image) Check(Driver.nvrtcGetCUBIN(program, p));
            Driver.nvrtcDestroyProgram(&program);
            foreach (var option in options) Marshal.FreeCoTaskMem(option);
            return image;
        }
    }

    static void Check(int result)
    {
        if (result != 0) throw new CudaException($"The run-time compiler failed with error {result}.");
    }
}
