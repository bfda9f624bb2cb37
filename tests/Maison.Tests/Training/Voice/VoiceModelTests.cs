using Maison.Data.Speech;
using Maison.Inference.Speech;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Training.Voice;

namespace Maison.Tests.Training.Voice;

public sealed class VoiceModelTests : IDisposable
{
    static readonly FrontEnd Reader = new(new Pronouncer());

    readonly string folder = Directory.CreateTempSubdirectory("maison-voice-").FullName;
    readonly Gang gang = new(1);

    public void Dispose()
    {
        gang.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    static SpeechSentence[] Sentences(string text) => [.. Reader.Read(text).SelectMany(SpeechSentences.Of)];

    [Fact]
    public void PhonesMarksAndTagsReachTheEngine()
    {
        var sentence = Assert.Single(Sentences("Stop, [rate:1.5][emphasis:strong]now[/emphasis][/rate] [pause:0.5s] please?"));
        sentence.Validated();
        Assert.Equal(["stop", "now", "please"], sentence.Words.Select(w => w.Text));
        Assert.Equal("Stop, now please?", sentence.Text);
        Assert.Equal((1.5f, 2), (sentence.Words[1].Controls!.Speed, sentence.Words[1].Emphasis));
        Assert.Null(sentence.Words[0].Controls);
        var sounds = sentence.Tokens.Where(t => t.Word == 0).ToArray();
        Assert.Equal(Phone.Parse("S T AA1 P").Select(p => p.Id), sounds.Select(t => t.Phone));
        Assert.Equal([SoundKind.Consonant, SoundKind.Stop, SoundKind.Vowel, SoundKind.Stop], sounds.Select(t => t.Sound));
        Assert.Equal((true, 1, true), (sounds[0].WordStart, sounds[2].Stress, sounds[3].WordEnd));
        Assert.Equal([PauseKind.Edge, PauseKind.Comma, PauseKind.Short, PauseKind.Question, PauseKind.Edge], sentence.Tokens.Where(t => t.Word < 0).Select(t => t.Pause));
        Assert.Equal(0.5, sentence.Tokens.Single(t => t.Pause == PauseKind.Short).Seconds);
    }

    [Fact]
    public void WhereTheVoiceChangesTheSentenceIsCut()
    {
        var parts = Sentences("<speak>He said <voice name=\"martin\">come here</voice> and left.</speak>");
        Assert.Equal([("He said", null), ("come here", "martin"), ("and left.", null)], parts.Select(p => (p.Text, p.Voice?.Name)));
        foreach (var part in parts) part.Validated();
        Assert.Equal([PauseKind.Comma, PauseKind.Comma, PauseKind.Period], parts.Select(p => p.Tokens[^2].Pause));
        Assert.Equal([false, false, true], parts.Select(p => p.EndsParagraph));
        Assert.Equal("sad", Sentences("[style:sad]Oh no.[/style]")[0].Style!.Name);
    }

    [Fact]
    public void ATextIsSpokenAndNothingIsNotSoundWithoutAReason()
    {
        VoiceFolder.Make(folder);
        using var model = VoiceModel.Load(folder, gang);
        Assert.Equal(SpeechVoices.All, model.Voices);
        var heard = new List<string>();
        var chunks = model.Speak(Reader, "“Hi,” said Anna. It is 5.", new(SpeechVoices.Kathleen, SpeechMode.Story), told: u => heard.Add(u.SpokenText)).ToArray();
        Assert.Equal(["hi", "said anna", "it is five"], heard);
        Assert.Equal(["hi", "said", "anna", "it", "is", "five"], chunks.SelectMany(c => c.Words).Select(w => w.Text));
        Assert.Equal(["“Hi,”", "said", "Anna.", "It", "is", "5."], chunks.SelectMany(c => c.Words).Select(w => w.Written));
        Assert.Equal([("Anna", false), (null, false), (null, false)], chunks.Where(c => c.Delivery is not null).Select(c => (c.Delivery!.Role, c.Delivery.Voice.Low)));
        Assert.All(chunks.SelectMany(c => c.Samples), s => Assert.True(float.IsFinite(s)));
        Assert.True(chunks.Sum(c => c.Samples.Length) > 24_000);

        foreach (var (text, why) in new[] { ("…!", "no words"), ("😀", "an emoji"), ("привет", "Cyrillic"), ("[rate:9]x", "rate"), ("[voice:bob]x", "'bob'"), ("[style:odd]x", "'odd'"), ("<speak><x/></speak>", "Line 1") })
            Assert.Contains(why, Assert.Throws<ArgumentException>(() => model.Speak(Reader, text, new(SpeechVoices.Kathleen)).ToArray()).Message);
    }

    [Fact]
    public void PartsThatDoNotFitAreRefused()
    {
        Assert.False(VoiceModel.IsIn(folder));
        VoiceFolder.Make(folder, mels: 40);
        Assert.True(VoiceModel.IsIn(folder));
        Assert.Contains("40 mels", Assert.Throws<CheckpointFormatException>(() => VoiceModel.Load(folder, gang)).Message);
        VoiceFolder.Make(folder, speaker: "nobody");
        Assert.Contains("nobody", Assert.Throws<CheckpointFormatException>(() => VoiceModel.Load(folder, gang)).Message);
        File.Delete(Path.Combine(folder, "vocoder", "model.safetensors"));
        Assert.Contains("vocoder", Assert.Throws<DirectoryNotFoundException>(() => VoiceModel.Load(folder, gang)).Message);
    }
}
