// Makes briefings in the background, one after the other, so that the voice stays free for others; keeps the timetable of shows. One that a server
// which is gone had begun is made anew: nothing of it was kept.

using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using Maison.Api.Briefings.Script;
using Maison.Api.Briefings.Shows;
using Maison.Api.Briefings.Sound;
using Maison.Api.Briefings.Sources;
using Maison.Api.Briefings.Stories;
using Maison.Api.Budgets;
using Maison.Api.Errors;
using Maison.Api.Files;
using Maison.Api.Keys;
using Maison.Api.Models;
using Maison.Api.Store;
using Maison.Data.Audio.Encoders;
using Maison.Inference.Speech;
using Maison.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Maison.Api.Briefings;

/// <summary>The background worker of one server.</summary>
sealed class BriefingRunner : IHostedService, IAsyncDisposable
{
    const int RememberedEpisodes = 7;

    /// <summary>More signs than a voice speaks in a second, and longer than a briefing can come out.</summary>
    const double MostSignsPerSecond = 30, MostOver = 1.3;
    static readonly TimeSpan Look = TimeSpan.FromSeconds(2), VoiceComes = TimeSpan.FromMinutes(1);

    readonly BriefingStore briefings;
    readonly FileStore files;
    readonly KeyStore keys;
    readonly Ledger ledger;
    readonly Func<Admission> admission;
    readonly InnerCalls calls;
    readonly ModelRegistry models;
    readonly Fetcher fetcher;
    readonly TimeProvider clock;
    readonly TextWriter log;
    readonly Timetable timetable;
    readonly CancellationTokenSource stop = new();
    readonly SemaphoreSlim woken = new(0);
    readonly ConcurrentDictionary<string, (BriefingStage Stage, CancellationTokenSource Ending)> running = new();
    Task working = Task.CompletedTask;

    public BriefingRunner(BriefingStore briefings, FileStore files, KeyStore keys, Ledger ledger, Func<Admission> admission, InnerCalls calls, ModelRegistry models, Fetcher fetcher, TimeProvider clock, TextWriter log)
    {
        (this.briefings, this.files, this.keys, this.ledger, this.admission, this.calls) = (briefings, files, keys, ledger, admission, calls);
        (this.models, this.fetcher, this.clock, this.log) = (models, fetcher, clock, log);
        timetable = new(Due, clock);
    }

    public Task StartAsync(CancellationToken cancellation)
    {
        working = Task.Run(Loop, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Looks for work now instead of in a moment.</summary>
    public void Wake() => woken.Release();

    /// <summary>How far one is; null when it is not being made here.</summary>
    public BriefingStage? StageOf(string id) => running.TryGetValue(id, out var one) ? one.Stage : null;

    /// <summary>Ends one that is being made.</summary>
    public void Abandon(string id)
    {
        if (running.TryGetValue(id, out var one)) one.Ending.Cancel();
    }

    /// <summary>Puts a show on the timetable.</summary>
    public Task Schedule(StoredShow show) => timetable.Set(show.Id, show.Request.Schedule);

    public Task Unschedule(string showId) => timetable.Set(showId, null);

    /// <summary>Asks for an episode of a show; null when it was asked for already.</summary>
    /// <param name="time">What it is made for; null for one out of turn.</param>
    public async Task<BriefingBody?> Episode(StoredShow show, DateTimeOffset? time)
    {
        var day = Timetable.DayOf(show.Request.Schedule, time ?? clock.GetUtcNow());
        var plan = show.Request.Length ?? "morning";
        var made = await briefings.Add(show.ProjectId, show.KeyId, show.Id, time is { } slot ? $"{show.Id}@{slot.ToUnixTimeSeconds()}" : null, show.Request with { Date = day.ToString("O", CultureInfo.InvariantCulture), Schedule = null },
            new() { Id = Ids.InTime("brief"), CreatedAt = clock.GetUtcNow().ToUnixTimeSeconds(), Show = show.Id, Status = "queued", Title = $"{show.Title}, {day.ToString("d MMMM yyyy", CultureInfo.InvariantCulture)}", Date = day.ToString("O", CultureInfo.InvariantCulture), Length = plan, Hosts = show.Request.Hosts ?? Math.Max(1, show.Request.Voices?.Count ?? 1) });
        if (made is not null) Wake();
        return made;
    }

    async Task Due(string showId, DateTimeOffset time)
    {
        try
        {
            if (briefings.Shows(null).FirstOrDefault(s => s.Id == showId) is { } show) await Episode(show, time);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            log.WriteLine($"{showId}: {e}");
        }
    }

    async Task Loop()
    {
        try
        {
            foreach (var show in briefings.Shows(null).Where(s => s.Request.Schedule is not null))
                await timetable.Set(show.Id, show.Request.Schedule, briefings.List(show.ProjectId, show.Id).FirstOrDefault() is { } last ? DateTimeOffset.FromUnixTimeSeconds(last.Body.CreatedAt) : show.Created);
        }
        catch (Exception e)
        {
            log.WriteLine($"shows: {e}");
        }
        while (!stop.IsCancellationRequested)
            try
            {
                while (await briefings.Claim(ledger.ServerId) is { } briefing) await Work(briefing);
                await woken.WaitAsync(Look, stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.WriteLine($"briefings: {e}");
                await Task.Delay(Look, CancellationToken.None);
            }
    }

    async Task Work(StoredBriefing briefing)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        running[briefing.Id] = (new("read", 0, 0), ending);
        try
        {
            await Make(briefing, ending);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // Deleted, or the server stops; the next one makes it anew.
        }
        catch (Exception e)
        {
            if (e is not (ApiException or InvalidDataException)) log.WriteLine($"{briefing.Id}: {e}");
            var why = e is ApiException or InvalidDataException or NotSupportedException ? e.Message : "It could not be made: the server met a fault of its own. Its log has it.";
            await briefings.End(briefing.Body with { Status = "failed", Error = why }, null);
        }
        finally
        {
            running.TryRemove(briefing.Id, out _);
        }
    }

    async Task Make(StoredBriefing briefing, CancellationTokenSource ending)
    {
        var cancellation = ending.Token;
        await VoiceIsThere(cancellation);
        var plan = BriefingRules.Plan(briefing.Request, models);
        var day = plan.Day ?? DateOnly.FromDateTime(clock.GetLocalNow().DateTime);
        void Tell(string stage, double done, double total) => running[briefing.Id] = (new(stage, done, total), ending);

        var gatherer = new SourceGatherer(fetcher, briefings);
        var gathered = await gatherer.Read(plan.Sources, (done, total) => Tell("read", done, total), cancellation);
        if (gathered.Sources.Count == 0) throw new InvalidDataException($"No source could be read. {string.Join(" ", gathered.Notes)}");
        var listener = briefings.Listener(briefing.ProjectId, plan.Interests);
        gathered = Fresh(briefing, gathered);
        var stories = await BriefingMaker.Choose(gatherer, gathered, plan.Length, listener, clock.GetUtcNow(), (done, total) => Tell("read", done, total), cancellation);

        var key = keys.Valid(briefing.KeyId) ?? throw ApiException.InvalidKey("The key of this briefing is not valid any more.");
        var context = new DefaultHttpContext { RequestAborted = cancellation };
        context.Request.Path = Routes.Briefings;
        context.Features.Set(key);
        var seconds = Wording.Seconds(plan.Length) * MostOver;
        var most = new Amounts(InputTokens: (long)(seconds * MostSignsPerSecond), AudioMs: (long)(seconds * 1000));
        await using var grant = await admission().Admit(context, new(plan.Speaker.Id, "audio", most), cancellation);

        using var encoder = SoundEncoder.For(plan.Format, VoiceTime.SampleRateHz);
        var sound = new ArrayBufferWriter<byte>(1 << 20);
        var notes = gathered.Notes.ToList();
        IStoryWriter writer = plan.Model is { } model ? new ModelWriter(calls, model, () => keys.Valid(briefing.KeyId), notes) : new ExtractiveWriter();
        var spoken = await BriefingMaker.Make(new(plan.Length, day, plan.Voices), stories, listener, notes, writer, plan.Speaker.Speak, samples => encoder.Write(samples, sound), new Telling(p => Tell(p.Stage, p.Done, p.Total)), cancellation);
        encoder.Finish(sound);
        grant.Measured(most with { InputTokens = Math.Min(most.InputTokens, spoken.Lines.Sum(l => (long)l.Line.Text.Length)), AudioMs = Math.Min(most.AudioMs, (long)(spoken.Seconds * 1000)) });

        var body = BriefingWire.Done(briefing.Body with { Date = day.ToString("O", CultureInfo.InvariantCulture), Hosts = plan.Voices.Count }, spoken);
        var tag = plan.Format == SoundFormat.Mp3 ? Transcripts.Id3(body) : [];
        var file = await files.Add(briefing.ProjectId, $"{briefing.Id}.{Podcast.Ending(encoder.MediaType)}", "briefing", null, async to =>
        {
            await to.WriteAsync(tag, cancellation);
            await to.WriteAsync(sound.WrittenMemory, cancellation);
        });
        if (!await briefings.End(body with { AudioType = encoder.MediaType, AudioBytes = file.Bytes }, file.Id)) await files.Delete(briefing.ProjectId, file.Id);
    }

    /// <summary>A server that has just started may still be loading its voice.</summary>
    async Task VoiceIsThere(CancellationToken cancellation)
    {
        for (var waited = TimeSpan.Zero; models.Speakers.Count == 0 && waited < VoiceComes; waited += Look) await Task.Delay(Look, cancellation);
    }

    /// <summary>Of a show, without what its last episodes told; all of it where nothing else is left.</summary>
    Gathered Fresh(StoredBriefing briefing, Gathered gathered)
    {
        if (briefing.ShowId is not { } show) return gathered;
        var told = briefings.List(briefing.ProjectId, show).Where(b => b.Id != briefing.Id && b.Body.Status == "completed").Take(RememberedEpisodes).SelectMany(b => b.Body.Sources ?? []).Select(s => s.Url ?? s.Title).ToHashSet();
        var fresh = gathered.Sources.Where(s => !told.Contains(s.Url ?? s.Title)).ToList();
        return fresh.Count > 0 ? gathered with { Sources = fresh } : gathered;
    }

    public async Task StopAsync(CancellationToken cancellation)
    {
        if (!stop.IsCancellationRequested) await stop.CancelAsync();
        await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        await timetable.DisposeAsync();
        fetcher.Dispose();
        stop.Dispose();
    }

    sealed class Telling(Action<BriefingProgress> tell) : IProgress<BriefingProgress>
    {
        public void Report(BriefingProgress value) => tell(value);
    }
}
