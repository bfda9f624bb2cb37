// MAISON_TEST_DEVICE=cuda runs the laws of this assembly over the CUDA kernel table, products in fp32, so that float64 twins can judge.

using System.Runtime.CompilerServices;
using Maison.Tensors.Cuda;

namespace Maison.Tests.Tensors;

static class DeviceUnderTest
{
    [ModuleInitializer]
    internal static void Choose()
    {
        if (Environment.GetEnvironmentVariable("MAISON_TEST_DEVICE") is "cuda") Device.Use().Precision = ProductPrecision.Float32;
    }
}
