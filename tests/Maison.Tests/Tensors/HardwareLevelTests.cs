// The same laws on lesser machines: the tests of this folder run again in child processes with instruction sets switched off.
// The switches are those of the .NET 10 runtime; AVX2=0 takes FMA with it, HWIntrinsic=0 leaves plain scalar code.

using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace Maison.Tests.Tensors;

public sealed class HardwareLevelTests
{
    [Theory]
    [InlineData("EnableAVX512"), InlineData("EnableAVX2"), InlineData("EnableHWIntrinsic")]
    public async Task TheLawsHoldWithout(string feature)
    {
        if (OpCases.Reduced) return;                                    // this is a child already
        var own = typeof(HardwareLevelTests).Assembly.Location;
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(own);
        foreach (var argument in new[] { "-namespace", "Maison.Tests.Tensors", "-class-", typeof(StepTests).FullName!, "-noColor" }) start.ArgumentList.Add(argument);
        start.Environment["DOTNET_" + feature] = "0";
        start.Environment["MAISON_TEST_REDUCED"] = "1";
        start.Environment["MAISON_TEST_WITHOUT"] = feature;
        // Emulated vectors are slow code; compiling them twice would be slower.
        start.Environment["DOTNET_TieredCompilation"] = "0";
        using var child = Process.Start(start)!;
        var error = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(child.ExitCode == 0, output + await error);
        Assert.DoesNotContain("Total: 0", output);
    }

    [Fact]
    public void TheSwitchIsObeyed()
    {
        switch (Environment.GetEnvironmentVariable("MAISON_TEST_WITHOUT"))
        {
            case "EnableAVX512": Assert.False(Avx512F.IsSupported); break;
            case "EnableAVX2": Assert.False(Avx2.IsSupported || Fma.IsSupported); break;
            case "EnableHWIntrinsic": Assert.False(Sse41.IsSupported || System.Runtime.Intrinsics.Vector128.IsHardwareAccelerated); break;
        }
    }
}
