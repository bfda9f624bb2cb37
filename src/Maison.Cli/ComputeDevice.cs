// Where tensors are computed: the processor, or an NVIDIA GPU that is asked for by name. Chosen before anything is loaded.

using System.CommandLine;
using Maison.Cli.Terminal;
using Maison.Tensors.Cuda;

namespace Maison.Cli;

static class ComputeDevice
{
    public static Option<string?> Option() => Choice.Word("--device", "cpu, or cuda for the first NVIDIA GPU (cpu)", "cpu", "cuda");

    /// <summary>Makes the chosen device the one of this process.</summary>
    /// <param name="precision">Of training there.</param>
    /// <exception cref="UserException">There is no such device.</exception>
    public static void Use(string? device, ProductPrecision precision = ProductPrecision.BFloat16)
    {
        if (device is not "cuda") return;
        try
        {
            Device.Use().Precision = precision;
        }
        catch (CudaException e)
        {
            throw new UserException($"--device cuda: {e.Message}");
        }
    }
}
