using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Maison.Laws;

/// <summary>The CUDA kernels on a machine without a GPU: compiled by g++, every thread a fibre (Cuda/driver.cpp), under the laws of the processor's kernels.</summary>
public sealed partial class CudaLaws
{
    [Theory]
    [InlineData("OpLawTests", 150)]
    [InlineData("TensorCoreTests", 12)]
    [InlineData("UpdatesTests", 8)]
    [InlineData("ServingTests", 12)]
    public async Task KernelsFollowTheLawsWithFibresForThreads(string laws, int atLeast)
    {
        var folder = Directory.CreateTempSubdirectory("maison-cuda-").FullName;
        try
        {
            foreach (var file in new[] { "driver.cpp", "prelude.h" }) File.Copy(Path.Combine(AppContext.BaseDirectory, "Cuda", file), Path.Combine(folder, file));
            Assert.SkipUnless(await Run("g++", folder, "--version") is (0, _), "g++ is not installed.");
            var (status, output) = await Run("g++", folder, "-O2", "-std=c++17", "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o", "libcuda.so.1", "driver.cpp", "-ldl");
            Assert.True(status == 0, output);
            foreach (var name in new[] { "libnvrtc.so.13", "libcublas.so.13" }) File.CreateSymbolicLink(Path.Combine(folder, name), "libcuda.so.1");
            (status, output) = await Run(Path.Combine(AppContext.BaseDirectory, "..", "..", "Maison.Tests", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "Maison.Tests"), folder, "-class", $"Maison.Tests.Tensors.{laws}");
            Assert.True(status == 0, output);
            Assert.InRange(int.Parse(Total().Match(output).Groups[1].ValueSpan), atLeast, int.MaxValue);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [GeneratedRegex(@"Total: (\d+)")]
    private static partial Regex Total();

    static async Task<(int Status, string Output)> Run(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in new[] { ("EMULATOR", folder), ("LD_LIBRARY_PATH", folder), ("XDG_DATA_HOME", folder), ("MAISON_TEST_DEVICE", "cuda") }) start.Environment[name] = value;
        try
        {
            using var process = Process.Start(start)!;
            var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, string.Concat(texts));
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
    }
}
