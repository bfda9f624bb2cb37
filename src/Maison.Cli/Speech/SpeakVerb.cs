// maison speak: a text as a sound file, with subtitles where they are wanted. The text is read and spoken sentence by sentence, so that one of any
// length takes no more memory; the file is whole or not there.

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using Maison.Cli.Terminal;
using Maison.Data.Audio;
using Maison.Data.Speech;
using Maison.Data.Speech.Reading;
using Maison.Inference.Speech;
using Maison.Tensors;

namespace Maison.Cli.Speech;

static class SpeakVerb
{
    public static Command Create(Surroundings here)
    {
        var text = new Argument<string?>("text") { Description = "Text, SSML, or - for standard input", Arity = ArgumentArity.ZeroOrOne };
        var file = new Option<string?>("--file", "-f") { Description = "Speak the text of this file" };
        var sound = new Option<string?>("--out", "-o") { Description = $"The sound file; its ending says the format: {SoundWriter.Endings}" };
        var options = new SpeakOptions();
        var srt = new Option<string?>("--srt") { Description = "Write subtitles into this file, as SubRip" };
        var vtt = new Option<string?>("--vtt") { Description = "Write subtitles into this file, as WebVTT with the time of every word" };
        var lexicon = new Option<string?>("--lexicon") { Description = "Your own words, one per line: hello HH AH0 L OW1" };
        var emoji = Choice.Word("--emoji", "What becomes of emoji: skip (default) or name", "skip", "name");
        var model = new Option<string?>("--voice-model") { Description = "The folder of the voice, instead of the shipped one" };
        var threads = Choice.Whole("--threads", "Threads that compute; 0 takes one per processor", 0, 1024, 0);
        var device = ComputeDevice.Option();
        var list = new Option<bool>("--voices") { Description = "List voices and styles" };
        var command = new Command("speak", "Speak a text into a sound file") { text, file, sound, srt, vtt, lexicon, emoji, model, threads, device, list };
        options.AddTo(command);
        command.SetAction((parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            if (parsed.GetValue(list)) return Task.FromResult(List(output));
            var (path, format) = SoundWriter.Target(parsed.GetValue(sound), "hello.wav");
            var given = Given(here, parsed.GetValue(text), parsed.GetValue(file));
            var asked = options.Read(parsed, error);
            var folder = LoadedVoice.Find(here, parsed.GetValue(model)) ?? throw new UserException(LoadedVoice.Missing(here));
            ComputeDevice.Use(parsed.GetValue(device));
            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            using var voice = LoadedVoice.Load(here, folder, parsed.GetValue(lexicon), parsed.GetValue(emoji) == "name" ? EmojiReading.Name : EmojiReading.Skip, gang, error);
            if (!voice.Voices.Contains(asked.Voice)) throw new UserException($"--voice {asked.Voice.Name}: {voice.Name} speaks with {string.Join(", ", voice.Voices.Select(v => v.Name))}.");

            var heard = new Heard();
            using (var file = new SoundWriter(path, format))
            {
                using (var line = ProgressLine.Of(error, here.ErrorIsTerminal, "characters"))
                    foreach (var samples in Spoken(voice, given, asked, heard, line, stop)) file.Write(samples);
                file.Finish();
            }
            foreach (var (wanted, content) in new[] { (parsed.GetValue(srt), (Func<string>)(() => Subtitles.Srt(heard.Words))), (parsed.GetValue(vtt), () => Subtitles.Vtt(heard.Words, wordTimes: true)) })
                if (wanted is not null) File.WriteAllText(wanted, content());
            heard.Tell(output, path, asked.Mode, given);
            return Task.FromResult(0);
        });
        return command;
    }

    static int List(TextWriter output)
    {
        TextTable.Write(output, ["VOICE", ""], [.. SpeechVoices.All.Select(v => new[] { v.Name, v.Description })]);
        output.WriteLine();
        TextTable.Write(output, ["STYLE", ""], [.. SpeechStyles.All.Select(s => new[] { s.Name, s.Description })]);
        return 0;
    }

    static string Given(Surroundings here, string? text, string? file)
    {
        if (file is not null && text is not null) throw new UserException("Give a text or a file with --file, not both.");
        if (file is not null && !File.Exists(file)) throw new UserException($"--file {file}: there is no such file.");
        if (file is null && text is null && here.InputIsTerminal) throw new UserException("Give a text, a file with --file, or - for standard input.");
        var given = file is not null ? File.ReadAllText(file) : text is not null && text != "-" ? text : here.Input.ReadToEnd();
        return string.IsNullOrWhiteSpace(given) ? throw new UserException("The text is empty.") : given;
    }

    static IEnumerable<float[]> Spoken(LoadedVoice voice, string text, SpeechOptions asked, Heard heard, ProgressLine line, CancellationToken stop)
    {
        var at = 0;
        foreach (var chunk in voice.Speak(text, asked, stop, utterance =>
        {
            line.Report("speak", at, text.Length);
            at = Math.Max(at, utterance.Source.End);
            heard.Take(utterance);
        }))
        {
            heard.Take(chunk);
            yield return chunk.Samples;
        }
        line.Report("speak", text.Length, text.Length);
    }

    /// <summary>What was said while it was said.</summary>
    sealed class Heard
    {
        readonly Stopwatch clock = Stopwatch.StartNew();
        readonly Dictionary<string, string> cast = new(StringComparer.OrdinalIgnoreCase);
        readonly Dictionary<string, int> styles = [];
        readonly Dictionary<string, int> skipped = [];
        long samples;

        public List<TimedWord> Words { get; } = [];

        public void Take(Utterance utterance)
        {
            foreach (var skip in utterance.Skipped) skipped[skip.Reason] = skipped.GetValueOrDefault(skip.Reason) + 1;
        }

        public void Take(SpeechChunk chunk)
        {
            samples += chunk.Samples.Length;
            foreach (var word in chunk.Words)
                if (word.Written.Length > 0 || Words.Count == 0) Words.Add(new(word.Written.Length > 0 ? word.Written : word.Text, word.StartSeconds, word.EndSeconds));
                else Words[^1] = Words[^1] with { EndSeconds = word.EndSeconds };
            if (chunk.Delivery is not { } delivery) return;
            cast.TryAdd(delivery.Role ?? "narrator", delivery.Voice.Name);
            styles[delivery.Style.Name] = styles.GetValueOrDefault(delivery.Style.Name) + 1;
        }

        public void Tell(TextWriter output, string path, SpeechMode mode, string text)
        {
            var (spoken, took) = (samples / (double)VoiceTime.SampleRateHz, clock.Elapsed.TotalSeconds);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {spoken:F1} s of speech in {took:F2} s, {spoken / took:F0} times real time; {ByteSize.Show(new FileInfo(path).Length)}"));
            if (mode == SpeechMode.Story) output.WriteLine($"cast    {string.Join(", ", cast.Select(c => $"{c.Key}: {c.Value}"))}");
            if (mode != SpeechMode.Scripted) output.WriteLine($"styles  {string.Join(", ", styles.OrderByDescending(s => s.Value).Select(s => $"{s.Key} {s.Value}"))}");
            if (skipped.Count > 0) output.WriteLine($"not spoken: {string.Join(", ", skipped.Select(s => $"{s.Key} ({s.Value}×)"))}; `maison pronounce` shows where");
        }
    }
}

/// <summary>The options that say how a text is spoken.</summary>
sealed class SpeakOptions
{
    readonly Option<string?> voice = new("--voice") { Description = $"Who speaks: {string.Join(", ", SpeechVoices.All.Select(v => v.Name))}" };
    readonly Option<string?> style = Choice.Word("--style", $"How: {string.Join(", ", SpeechStyles.All.Select(s => s.Name))}", [.. SpeechStyles.All.Select(s => s.Name)]);
    readonly Option<float?> strength = Choice.Number("--strength", "How much of the style, 0 to 1 (1)", 0, 1);
    readonly Option<string?> mode = Choice.Word("--mode", "scripted (default): as asked; emotive: each sentence as its words ask; story: a voice for everybody who speaks in it", "scripted", "emotive", "story");
    readonly Option<string?> instructions = new("--instructions") { Description = "The delivery in words: \"slowly, in a warm voice\"" };
    readonly Option<float?> speed = Choice.Number("--speed", "Factor of the rate of speech, 0.25 to 4 (1)", 0.25f, 4);
    readonly Option<float?> pitch = Choice.Number("--pitch", "Semitones added to the pitch, -24 to 24 (0)", -24, 24);
    readonly Option<float?> range = Choice.Number("--range", "Factor of the pitch's movement, 0 to 3 (1)", 0, 3);
    readonly Option<string[]?> cast = new("--cast") { Description = "In story mode, the voice of a role: --cast wolf=george; may be repeated" };
    readonly Option<int?> seed = Choice.Whole("--seed", "Fixes the noise of the sound", 0, int.MaxValue, 1);

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { voice, style, strength, mode, instructions, speed, pitch, range, cast, seed }) command.Add(option);
    }

    /// <summary>What was asked for; words of the instructions that came to nothing are told.</summary>
    /// <exception cref="UserException">Options do not go together, or name nobody.</exception>
    public SpeechOptions Read(ParseResult parsed, TextWriter error)
    {
        var understood = SpeechInstructions.Understand(parsed.GetValue(instructions) ?? "");
        if (understood.NotUnderstood.Count > 0) error.WriteLine($"--instructions: not understood: {string.Join(", ", understood.NotUnderstood)}");
        var how = Enum.Parse<SpeechMode>(parsed.GetValue(mode) ?? nameof(SpeechMode.Scripted), ignoreCase: true);
        var roles = parsed.GetValue(cast) ?? [];
        if (roles.Length > 0 && how != SpeechMode.Story) throw new UserException("--cast is for --mode story.");
        var played = new Dictionary<string, SpeechVoice>(StringComparer.OrdinalIgnoreCase);
        foreach (var role in roles)
        {
            if (role.Split('=', 2) is not [{ Length: > 0 } name, var who]) throw new UserException($"--cast {role}: write the role, = and its voice, such as wolf=george.");
            if (!played.TryAdd(name, Named("--cast", who))) throw new UserException($"--cast names the role '{name}' twice.");
        }
        var named = parsed.GetValue(style) is { } word ? SpeechStyles.Named(word) : null;
        return new(
            parsed.GetValue(voice) is { } given ? Named("--voice", given) : SpeechVoices.Kathleen, how, named ?? understood.Style,
            parsed.GetValue(strength) ?? (named is null ? understood.Strength : 1),
            understood.Controls.With(new() { Speed = parsed.GetValue(speed) ?? 1, PitchSemitones = parsed.GetValue(pitch) ?? 0, Range = parsed.GetValue(range) ?? 1 }),
            played, (ulong)parsed.GetValue(seed)!.Value);
    }

    static SpeechVoice Named(string option, string name)
    {
        try
        {
            return SpeechVoices.Named(name);
        }
        catch (ArgumentException e)
        {
            throw new UserException($"{option}: {e.Message}");
        }
    }
}
