using Maison.Data.Audio;
using Maison.Tests.Api.Briefings;
using Maison.Tests.Training.Voice;

namespace Maison.Tests.Cli;

public sealed class BriefTests
{
    static Terminal WithVoice()
    {
        var terminal = new Terminal();
        VoiceFolder.Make(Path.Combine(terminal.Shipped, "maison-voice-1"));
        return terminal;
    }

    [Fact]
    public async Task FilesBecomeABriefingWithATranscript()
    {
        using var terminal = WithVoice();
        var (sound, text, vtt) = (terminal.Path("today.wav"), terminal.Path("today.txt"), terminal.Path("today.vtt"));
        var (code, output, error) = await terminal.Run("brief", "--file", Material.Folder, "--about", "seals", "--length", "brief", "--hosts", "2", "-o", sound, "--transcript", text, "--transcript", vtt, "--threads", "1");
        Assert.True(code == 0, error);
        Assert.Contains("rights: The Morning Bell: Public domain (CC0)", output);
        Assert.Matches(@"0:\d\d +Seal pups counted on Orrin Island +The Morning Bell", output);
        var seconds = SoundFile.Read(sound).Samples.Length / 24_000.0;
        Assert.InRange(seconds, 108, 132);
        var script = File.ReadAllText(text);
        Assert.Contains("martin: ", script);
        Assert.Contains("put together and is spoken by software", script);
        Assert.Contains("[1]", script);
        Assert.StartsWith("WEBVTT\n\nNOTE\nThis briefing was put together", File.ReadAllText(vtt));
        Assert.Contains("<v kathleen>First, from The Morning Bell: ", File.ReadAllText(vtt));
    }

    [Theory]
    [InlineData("Give sources", "brief", "-o", "OUT.wav")]
    [InlineData("--out is needed", "brief", "--text", "x")]
    [InlineData("no such file", "brief", "--file", "nowhere.xml", "-o", "OUT.wav")]
    [InlineData("no folder", "brief", "--text", "x", "-o", "nowhere/OUT.wav")]
    [InlineData("--length", "brief", "--text", "x", "--length", "long", "-o", "OUT.wav")]
    [InlineData("for 1 host", "brief", "--text", "x", "--voice", "nora", "--voice", "ida", "-o", "OUT.wav")]
    [InlineData(".txt or .vtt", "brief", "--text", "x", "--transcript", "a.pdf", "-o", "OUT.wav")]
    [InlineData("not on the open Internet", "brief", "--feed", "http://127.0.0.1:9/feed", "-o", "OUT.wav")]
    [InlineData("no article was found", "brief", "--text", "hello", "-o", "OUT.wav")]
    public async Task WhatCanNotBeMadeIsToldInOneLine(string told, params string[] args)
    {
        using var terminal = WithVoice();
        var (code, _, error) = await terminal.Run([.. args.Select(a => a.Replace("OUT", terminal.Path("out"), StringComparison.Ordinal))]);
        Assert.Equal(1, code);
        Assert.Contains(told, error);
        Assert.False(File.Exists(terminal.Path("out.wav")) || File.Exists(terminal.Path("out.wav.tmp")));
    }
}
