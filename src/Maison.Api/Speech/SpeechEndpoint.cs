// POST /v1/audio/speech: sound while it is made, as the bytes of a file or as events. Nothing is sent before the first piece is there, so
// that a request that fails early gets its proper status. A client that leaves stops the work; whatever was made is booked.
// GET /v1/audio/voices lists who can speak.

using System.Buffers;
using System.Diagnostics;
using System.Threading.Channels;
using Maison.Api.Budgets;
using Maison.Api.Errors;
using Maison.Api.Metrics;
using Maison.Api.Models;
using Maison.Data.Audio.Encoders;
using Maison.Inference.Speech;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Speech;

/// <summary>The routes of speech.</summary>
sealed class SpeechEndpoint(ModelRegistry models, Admission admission, RequestMetrics metrics, CancellationToken stopping)
{
    const int Backlog = 4, OutputTokensPerSecond = 10;

    /// <summary>Slowest speech that a text can come to, for holding money: seconds per character.</summary>
    const double MostSecondsPerCharacter = 0.6;

    public async Task Speak(HttpContext context)
    {
        var arrived = Stopwatch.GetTimestamp();
        var request = await JsonBody.Read(context, WireJson.Default.SpeechRequest);
        var plan = SpeechRules.Plan(request, models);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        var most = new Amounts(InputTokens: plan.Text.Length, AudioMs: (long)(plan.Text.Length * MostSecondsPerCharacter * 1000 / plan.Options.Controls!.Speed) + 1000);
        await using var grant = await admission.Admit(context, new(plan.Speaker.Id, "audio", most), ending.Token);
        long samples = 0;
        try
        {
            using var encoder = Encoder(plan.Format);
            var bytes = new ArrayBufferWriter<byte>();
            await foreach (var chunk in Made(plan, ending.Token))
            {
                if (samples == 0 && !context.Response.HasStarted) Begin(context, plan, encoder, grant, arrived);
                samples += chunk.Samples.Length;
                if (plan.Events) await Tell(context, plan, chunk);
                encoder.Write(chunk.Samples, bytes);
                await Send(context, plan, bytes);
            }
            if (samples == 0 && !context.Response.HasStarted) Begin(context, plan, encoder, grant, arrived);
            encoder.Finish(bytes);
            await Send(context, plan, bytes);
            if (!plan.Events) return;
            var output = (long)Math.Ceiling(Seconds(samples) * OutputTokensPerSecond);
            await JsonAnswer.WriteEvent(context, new SpeechAudioDone { Usage = new(plan.Text.Length, output, plan.Text.Length + output) }, WireJson.Default.SpeechAudioDone);
            await JsonAnswer.WriteDone(context);
        }
        finally
        {
            // What was computed for nobody, because the client left before the first piece, is not booked.
            if (samples > 0) grant.Measured(most with { AudioMs = Math.Min(most.AudioMs, (long)Math.Ceiling(Seconds(samples) * 1000)) });
        }
    }

    public Task Voices(HttpContext context)
    {
        VoiceCard[] cards = [.. models.Speakers.SelectMany(s => s.Voices.Select(v => (Voice: v, Speaker: s.Id))).GroupBy(p => p.Voice.Name).Select(g => new VoiceCard
        {
            Id = g.Key,
            Name = g.Key,
            Description = g.First().Voice.Description,
            Models = [.. g.Select(p => p.Speaker)],
            Aliases = [.. VoiceAliases.All.Where(a => a.Value == g.Key).Select(a => a.Key)],
        })];
        return JsonAnswer.Write(context, StatusCodes.Status200OK, new VoiceList { Data = cards, Voices = cards, Styles = [.. SpeechStyles.All.Select(s => new StyleCard(s.Name, s.Description))] }, WireJson.Default.VoiceList);
    }

    static double Seconds(long samples) => samples / (double)VoiceTime.SampleRateHz;

    static SoundEncoder Encoder(SoundFormat format)
    {
        try { return SoundEncoder.For(format, VoiceTime.SampleRateHz); }
        catch (NotSupportedException e) { throw ApiException.Unsupported("response_format", e.Message); }
    }

    void Begin(HttpContext context, SpeechPlan plan, SoundEncoder encoder, Grant grant, long arrived)
    {
        metrics.FirstOutput(grant, arrived);
        if (plan.Missed.Count > 0) context.Response.Headers["maison-instructions-not-understood"] = string.Join(", ", plan.Missed.Select(Uri.EscapeDataString));
        if (plan.Events) JsonAnswer.BeginEvents(context);
        else context.Response.ContentType = encoder.MediaType;
    }

    static async Task Tell(HttpContext context, SpeechPlan plan, SpeechChunk chunk)
    {
        if (chunk.Delivery is { } d && plan.Options.Mode != SpeechMode.Scripted)
            await JsonAnswer.WriteEvent(context, new SpeechDelivery { Sentence = d.Sentence, Role = d.Role, Voice = d.Voice.Name, Style = d.Style.Name, Strength = d.Strength, Reason = d.Reason }, WireJson.Default.SpeechDelivery);
        if (plan.WordTimes && chunk.Words.Count > 0)
            await JsonAnswer.WriteEvent(context, new SpeechWords { Words = [.. chunk.Words.Select(w => new SpokenWordTime(w.Text, w.StartSeconds, w.EndSeconds, w.Written))] }, WireJson.Default.SpeechWords);
    }

    static async Task Send(HttpContext context, SpeechPlan plan, ArrayBufferWriter<byte> bytes)
    {
        if (bytes.WrittenCount == 0) return;
        if (plan.Events) await JsonAnswer.WriteEvent(context, new SpeechAudioDelta { Audio = Convert.ToBase64String(bytes.WrittenSpan) }, WireJson.Default.SpeechAudioDelta);
        else
        {
            context.Response.BodyWriter.Write(bytes.WrittenSpan);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
        bytes.ResetWrittenCount();
    }

    /// <summary>The pieces, made on a thread of the pool a few ahead of the client.</summary>
    static async IAsyncEnumerable<SpeechChunk> Made(SpeechPlan plan, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pieces = Channel.CreateBounded<SpeechChunk>(new BoundedChannelOptions(Backlog) { SingleReader = true, SingleWriter = true });
        var work = Task.Run(async () =>
        {
            try
            {
                foreach (var chunk in plan.Speaker.Speak(plan.Text, plan.Options, leaving.Token)) await pieces.Writer.WriteAsync(chunk, leaving.Token);
                pieces.Writer.Complete();
            }
            catch (ArgumentException e) { pieces.Writer.Complete(ApiException.Invalid("input", e.Message)); }
            catch (Exception e) { pieces.Writer.Complete(e); }
        }, CancellationToken.None);
        try
        {
            await foreach (var chunk in pieces.Reader.ReadAllAsync(cancellation)) yield return chunk;
        }
        finally
        {
            await leaving.CancelAsync();
            await work;
        }
    }
}
