using System.Diagnostics;
using Maison.Data.Audio;

namespace Maison.Tests.Data.Audio;

public sealed class SoundTests
{
    static float[] Sine(double hz, int rate, int samples, double level = 0.5) => [.. Enumerable.Range(0, samples).Select(n => (float)(level * Math.Sin(2 * Math.PI * hz * n / rate)))];
    static double Rms(ReadOnlySpan<float> x)
    {
        var sum = 0.0;
        foreach (var v in x) sum += (double)v * v;
        return Math.Sqrt(sum / x.Length);
    }

    [Theory]
    [InlineData(16_000, 24_000, 3_000)]
    [InlineData(24_000, 16_000, 3_000)]
    [InlineData(44_100, 24_000, 9_000)]
    [InlineData(24_000, 48_000, 10_000)]
    public void ResamplingKeepsASineAndItsTime(int from, int to, double hz)
    {
        var result = Resampler.Rates(from, to).Run(Sine(hz, from, from / 4));
        Assert.Equal((int)Math.Ceiling((double)(from / 4) * to / from), result.Length);
        var exact = Sine(hz, to, result.Length);
        for (var n = 200; n < result.Length - 200; n++) Assert.InRange(result[n] - exact[n], -2e-4, 2e-4);
    }

    [Fact]
    public void WhatTheNewRateCannotHoldIsRemoved()
    {
        Assert.InRange(Rms(Resampler.Rates(24_000, 16_000).Run(Sine(8_600, 24_000, 12_000)).AsSpan(200..^200)), 0, 5e-5);
        Assert.Equal([1f, 2f], Resampler.Rates(8_000, 8_000).Run([1f, 2f]));
        Assert.Contains("4096", Assert.Throws<ArgumentException>(() => new Resampler(7919, 7907)).Message);
    }

    [Theory]
    [InlineData(0.88)]
    [InlineData(1.14)]
    public void SpeedMovesPitchAndLengthTogether(double speed)
    {
        var result = Resampler.Speed(speed).Run(Sine(1_000, 24_000, 24_000));
        Assert.InRange(result.Length, 24_000 / speed - 1, 24_000 / speed + 1);
        var exact = Sine(1_000 * speed, 24_000, result.Length);
        for (var n = 200; n < result.Length - 200; n++) Assert.InRange(result[n] - exact[n], -2e-4, 2e-4);
    }

    [Fact]
    public void LoudnessFollowsTheStandard()
    {
        // BS.1770-4: 997 Hz at 0 dBFS in one channel measures -3.01 LUFS; EBU Tech 3341 case 1 in one channel of two is the same law.
        Assert.Equal(-3.01, Loudness.IntegratedLufs(Sine(997, 48_000, 48_000 * 3, 1), 48_000), 0.02);
        Assert.Equal(-23.01, Loudness.IntegratedLufs(Sine(997, 24_000, 24_000 * 3, 0.1), 24_000), 0.05);
        // A pause of silence is gated away.
        float[] paused = [.. Sine(997, 24_000, 72_000, 0.1), .. new float[72_000]];
        Assert.Equal(-23.01, Loudness.IntegratedLufs(paused, 24_000), 0.3);
        Assert.Equal(double.NegativeInfinity, Loudness.IntegratedLufs(new float[24_000], 24_000));
    }

    [Fact]
    public void ActiveLevelIgnoresPauses()
    {
        var noise = Synthetic.Noise(24_000 * 2, level: 0.05);
        var level = 20 * Math.Log10(Rms(noise));
        Assert.Equal(level, Loudness.ActiveLevelDb(noise, 24_000), 0.3);
        float[] paused = [.. noise, .. new float[24_000 * 4], .. noise];
        Assert.Equal(level, Loudness.ActiveLevelDb(paused, 24_000), 0.6);
        Assert.Equal(level - 20, Loudness.ActiveLevelDb([.. paused.Select(x => x * 0.1f)], 24_000), 0.7);
        Assert.Equal(double.NegativeInfinity, Loudness.ActiveLevelDb(new float[100], 24_000));
    }

    [Fact]
    public void TruePeaksLieBetweenSamples()
    {
        // A quarter of the rate with a phase of 45 degrees: every sample is at 0.707 of the peak.
        var sine = Enumerable.Range(0, 2_400).Select(n => (float)(0.5 * Math.Sin(Math.PI / 2 * n + Math.PI / 4))).ToArray();
        Assert.Equal(-6.02, Loudness.TruePeakDb(sine.AsSpan(0, 2_400)), 0.6);
        Assert.True(Loudness.TruePeakDb(sine) > 20 * Math.Log10(0.3536) + 2.5);
    }

    [Fact]
    public void TheHighPassRemovesRumbleAndKeepsTime()
    {
        var filter = Biquad.HighPass(50, 24_000);
        Assert.InRange(Rms(filter.ZeroPhase(Sine(10, 24_000, 48_000)).AsSpan(12_000..^12_000)) / Rms(Sine(10, 24_000, 48_000)), 0, 0.003);
        var voice = Sine(200, 24_000, 24_000);
        var kept = filter.ZeroPhase(voice);
        for (var n = 6_000; n < 18_000; n++) Assert.InRange(kept[n] - voice[n], -0.003, 0.003);
    }

    [Fact]
    public void TheGateFindsSpeechAndPauses()
    {
        // 0.3 s silence, 0.4 s voice, 0.25 s pause, 0.3 s voice, 0.5 s silence, all with soft noise under it
        var sound = Synthetic.Noise(42_000, level: 0.0005);
        Synthetic.Harmonic(9_600, _ => 150, 0.05).CopyTo(sound, 7_200);
        Synthetic.Harmonic(7_200, _ => 150, 0.05).CopyTo(sound, 22_800);
        var active = SpeechGate.Active(sound);
        var speech = SpeechGate.Speech(active)!.Value;
        Assert.InRange(speech.First, 29, 30);
        Assert.InRange(speech.End, 125, 132);
        var pause = Assert.Single(SpeechGate.Pauses(active, 8));
        Assert.InRange(pause.First, 70, 77);
        Assert.InRange(pause.End, 94, 95);
        Assert.Null(SpeechGate.Speech(SpeechGate.Active(new float[2_400])));
    }

    [Fact]
    public void UnknownEndingsAreNamed()
    {
        Assert.Contains(".flac", Assert.Throws<InvalidDataException>(() => SoundFile.Read("talk.mp3")).Message);
    }

    /// <summary>The output of a program on the search path, or null where it is not installed.</summary>
    internal static byte[]? Output(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        try
        {
            using var process = Process.Start(start)!;
            _ = process.StandardError.ReadToEndAsync();
            using var bytes = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(bytes);
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            return bytes.ToArray();
        }
        catch (System.ComponentModel.Win32Exception) { return null; }
    }
}
