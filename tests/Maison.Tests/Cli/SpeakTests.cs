using System.Net.Http.Headers;
using System.Text;
using Maison.Cli.Training;
using Maison.Data.Audio;
using Maison.Data.Speech;
using Maison.Tests.Training.Voice;

namespace Maison.Tests.Cli;

public sealed class SpeakTests
{
    static Terminal WithVoice()
    {
        var terminal = new Terminal();
        VoiceFolder.Make(Path.Combine(terminal.Shipped, "maison-voice-1"));
        return terminal;
    }

    [Fact]
    public async Task ATextBecomesASoundWithSubtitles()
    {
        using var terminal = WithVoice();
        var (sound, srt, vtt) = (terminal.Path("hello.wav"), terminal.Path("hello.srt"), terminal.Path("hello.vtt"));
        var (code, output, error) = await terminal.Run("speak", "Hello. The bill is $1,204.50.", "-o", sound, "--voice", "Martin", "--style", "cheerful", "--srt", srt, "--vtt", vtt, "--threads", "1");
        Assert.True(code == 0, error);
        Assert.Contains("s of speech", output);
        var spoken = SoundFile.Read(sound);
        Assert.Equal(24_000, spoken.SampleRateHz);
        Assert.Equal(new FileInfo(sound).Length, 44 + 2 * spoken.Samples.Length);
        Assert.Equal((uint)(2 * spoken.Samples.Length), BitConverter.ToUInt32(File.ReadAllBytes(sound), 40));
        Assert.Contains("$1,204.50.", File.ReadAllText(srt));
        Assert.Contains(">bill <", File.ReadAllText(vtt));

        Assert.Equal(0, (await terminal.Run("speak", "Hello. The bill is $1,204.50.", "-o", terminal.Path("again.flac"), "--voice", "martin", "--style", "cheerful", "--threads", "2")).Code);
        Assert.Equal(spoken.Samples, SoundFile.Read(terminal.Path("again.flac")).Samples);
        Assert.Contains("kathleen", (await terminal.Run("speak", "--voices")).Output);
    }

    [Fact]
    public async Task AStoryIsCastAndSaysHow()
    {
        using var terminal = WithVoice();
        File.WriteAllText(terminal.Path("story.txt"), "“I won!” cried the wolf. “Hush,” said Anna 😀.");
        var (code, output, error) = await terminal.Run("speak", "-f", terminal.Path("story.txt"), "-o", terminal.Path("story.flac"), "--mode", "story", "--cast", "the wolf=george", "--instructions", "slowly, like a pirate");
        Assert.True(code == 0, error);
        Assert.Matches(@"cast +the wolf: george, narrator: kathleen, Anna: \w+", output);
        Assert.Matches("styles +.*excited", output);
        Assert.Contains("an emoji (1×)", output);
        Assert.Contains("not understood: pirate", error);
    }

    [Theory]
    [InlineData("--out is needed", "speak", "hi")]
    [InlineData(".wav .flac", "speak", "hi", "-o", "OUT.xyz")]
    [InlineData("empty", "speak", " ", "-o", "OUT.wav")]
    [InlineData("no such file", "speak", "-f", "OUT.txt", "-o", "OUT.wav")]
    [InlineData("--voice", "speak", "hi", "-o", "OUT.wav", "--voice", "bob")]
    [InlineData("--style", "speak", "hi", "-o", "OUT.wav", "--style", "odd")]
    [InlineData("--speed", "speak", "hi", "-o", "OUT.wav", "--speed", "9")]
    [InlineData("--mode story", "speak", "hi", "-o", "OUT.wav", "--cast", "a=ida")]
    [InlineData("write the role", "speak", "hi", "-o", "OUT.wav", "--mode", "story", "--cast", "ida")]
    [InlineData("only an emoji", "speak", "😀", "-o", "OUT.wav")]
    [InlineData("acoustic and vocoder", "speak", "hi", "-o", "OUT.wav", "--voice-model", "OUT")]
    public async Task WhatCanNotBeSpokenIsRefusedAndLeavesNoFile(string why, params string[] args)
    {
        using var terminal = WithVoice();
        var (code, _, error) = await terminal.Run([.. args.Select(a => a.Replace("OUT", terminal.Path("out"), StringComparison.Ordinal))]);
        Assert.NotEqual(0, code);
        Assert.Contains(why, error);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(terminal.Path("out"))!, "out*"));
    }

    [Fact]
    public async Task WithoutAVoiceItIsToldWhichIsMissingAndWhatToDo()
    {
        using var terminal = new Terminal();
        var (code, _, error) = await terminal.Run("speak", "hi", "-o", terminal.Path("x.wav"));
        Assert.Equal(1, code);
        foreach (var told in new[] { Path.Combine(terminal.Shipped, "maison-voice-1"), "runs/voice.sh", "pack-voice", "--voice-model" }) Assert.Contains(told, error);
    }

    [Fact]
    public async Task AVoiceIsServedAsSoonAsItIsThere()
    {
        using var terminal = WithVoice();
        TinyFolder.Make(Path.Combine(terminal.Shipped, "tiny"));
        terminal.Variables["MAISON_API_KEY"] = "given-key";
        await using var serving = new Serving(terminal);
        using var http = new HttpClient { BaseAddress = await serving.Url() };
        http.DefaultRequestHeaders.Authorization = new("Bearer", "given-key");
        Assert.Matches("voices +maison-voice-1: kathleen", serving.Printed);
        using var answer = await http.PostAsync("audio/speech", new StringContent("""{"model":"maison-voice-1","input":"It is 5.","voice":"alloy","response_format":"wav"}""", Encoding.UTF8, new MediaTypeHeaderValue("application/json")));
        Assert.True(answer.IsSuccessStatusCode);
        Assert.True((await answer.Content.ReadAsByteArrayAsync()).Length > 24_000);
        Assert.Equal(0, await serving.Stop());
    }

    [Fact]
    public async Task ADamagedVoiceDoesNotStopTheServer()
    {
        using var terminal = WithVoice();
        TinyFolder.Make(Path.Combine(terminal.Shipped, "tiny"));
        File.WriteAllText(Path.Combine(terminal.Shipped, "maison-voice-1", "vocoder", "config.json"), "{");
        await using var serving = new Serving(terminal);
        await serving.Url();
        Assert.Contains("maison-voice-1 is not served", serving.Told);
        Assert.DoesNotContain("voices  ", serving.Printed);
    }

    [Fact]
    public async Task PackingTakesBothPartsAndTheirLicences()
    {
        using var terminal = new Terminal();
        var (acoustic, vocoder, data) = (terminal.Path("a"), terminal.Path("v"), Directory.CreateDirectory(terminal.Path("data")).FullName);
        VoiceFolder.SaveAcoustic(acoustic);
        VoiceFolder.SaveVocoder(vocoder);
        foreach (var (part, stage) in new[] { (acoustic, "acoustic"), (vocoder, "vocoder") })
            File.WriteAllText(Path.Combine(part, "receipt.json"), $$"""{"stage":"{{stage}}","data":{"eve.voice":"d1"},"code":"c","seed":1,"steps":7,"seconds":90,"start":null,"aligner":null,"heldOut":{"melNats":0.5},"finished":"2026-01-01T00:00:00Z"}""");
        static string Ledger(string digest) => $$"""{"key":"k","licence":{"name":"eve","licence":"CC0 1.0","source":"somewhere","attribution":"By Eve.","sha256":"","documents":0},"inputSha256":"i","file":"eve.voice","sha256":"{{digest}}","recordings":1,"silent":[],"trainUtterances":1,"trainSeconds":60,"heldOutUtterances":0,"heldOutSeconds":0,"quarantined":[],"voicedFrames":1,"agreeingFrames":1,"speakers":[]}""" + "\n";
        string[] pack = ["models", "pack-voice", acoustic, vocoder, "--data", data];

        File.WriteAllText(Path.Combine(data, "voice-ledger.jsonl"), Ledger("d2"));
        Assert.Contains("eve.voice", (await terminal.Run(pack)).Error);
        File.WriteAllText(Path.Combine(data, "voice-ledger.jsonl"), Ledger("d1"));
        var (code, _, error) = await terminal.Run(pack);
        Assert.True(code == 0, error);
        var card = File.ReadAllText(Path.Combine(terminal.Home, "models", "maison-voice-1", "card.md"));
        Assert.Contains("| eve | CC0 1.0 | somewhere | 1.0 |", card);
        Assert.Contains("By Eve.", card);
        Assert.Contains("melNats 0.500", card);
        Assert.Contains("Not measured", card);
        Assert.Equal(0, (await terminal.Run("speak", "hi", "-o", terminal.Path("hi.wav"))).Code);

        var scores = terminal.Path("scores.jsonl");
        (code, var scored, error) = await terminal.Run("eval", "voice", "--no-transcripts", "--voice-model", Path.Combine(terminal.Home, "models", "maison-voice-1"), "--keep", terminal.Path("kept"), "--threads", "1", "--json");
        Assert.True(code == 0, error);
        File.WriteAllText(scores, scored);
        var picture = Path.Combine(terminal.Path("kept"), "plain", "000.png");
        (code, _, error) = await terminal.Run([.. pack, "--scores", scores, "--picture", picture, "--note", "A note.", "--pitch-spread", "1.4", "--sharpness", "1.25"]);
        Assert.True(code == 0, error);
        card = File.ReadAllText(Path.Combine(terminal.Home, "models", "maison-voice-1", "card.md"));
        Assert.Matches(@"\| maison-voice-1 \|  \|  \|", card);
        Assert.Matches(@"\| kathleen \| excited \|", card);
        Assert.Contains("![000](000.png)", card);
        Assert.Contains("- A note.", card);
        Assert.True(File.Exists(Path.Combine(terminal.Home, "models", "maison-voice-1", "000.png")));
        Assert.Contains("\"pitchSpread\": 1.4", File.ReadAllText(Path.Combine(terminal.Home, "models", "maison-voice-1", "acoustic", "config.json")));
        Assert.Contains("\"sharpness\": 1.25", File.ReadAllText(Path.Combine(terminal.Home, "models", "maison-voice-1", "acoustic", "config.json")));
        Assert.DoesNotContain("Versions before", card);
        VoiceFolder.SaveAcoustic(acoustic, seed: 2);
        Assert.Equal(0, (await terminal.Run(pack)).Code);
        Assert.Matches(@"\| packed \|.*weights \|", File.ReadAllText(Path.Combine(terminal.Home, "models", "maison-voice-1", "card.md")));
        File.WriteAllText(scores, "{}\n{\"name\":1}");
        Assert.Contains("scores.jsonl", (await terminal.Run([.. pack, "--scores", scores])).Error);
        Assert.Empty((await terminal.Run("models", "list")).Output);
    }

    [Fact]
    public void RecordedTextsAreReadAsWhatTheySay()
    {
        var texts = RecordedTexts.Of(Lexicon.Read(new StringReader("zib Z IH1 B"), "words"));
        var tokens = texts.Tokens("Zib, the apple. Is it 5?")!;
        Assert.Equal("sil Z IH1 B comma DH IY0 AE1 P AH0 L period IH1 Z IH1 T F AY1 V question sil", Phone.Print(tokens.Select(t => t.Phone)));
        Assert.Equal([-1, 0, 0, 0, -1, 1, 1, 2], tokens.Take(8).Select(t => t.Word));
        Assert.Equal(5, tokens.Max(t => t.Word));
        Assert.Null(texts.Tokens("A zubbog."));
        Assert.Null(texts.Tokens("…"));
        Assert.Equal(["zubbog"], texts.Unknown);
        Assert.NotNull(texts.Tokens("Press B."));
    }
}
