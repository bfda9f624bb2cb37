// When shows are made: Quartz keeps the clock, with time zones and summer time, and calls back. It starts with the first show that has a schedule.
// What was missed while the server was down is made once when it is up again, if it is not too late for it.

using System.Collections.Specialized;
using System.Globalization;
using Maison.Wire;
using Quartz;
using Quartz.Impl;

namespace Maison.Api.Briefings.Shows;

/// <summary>The schedules of one server; safe from any thread.</summary>
/// <param name="due">Told the show, and the time that it is made for.</param>
sealed class Timetable(Func<string, DateTimeOffset, Task> due, TimeProvider clock) : IAsyncDisposable
{
    public static readonly string[] Days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    const string Callback = "due", ShowKey = "show";
    static readonly TimeSpan NotTooLate = TimeSpan.FromHours(12);

    readonly SemaphoreSlim gate = new(1);
    IScheduler? scheduler;

    /// <summary>Puts a show on the timetable, or takes it off when it has no schedule.</summary>
    /// <param name="since">When it was made last; what was due after that and is missed is made now.</param>
    public async Task Set(string show, BriefingSchedule? schedule, DateTimeOffset? since = null)
    {
        await gate.WaitAsync();
        try
        {
            if (schedule is null)
            {
                if (scheduler is not null) await scheduler.DeleteJob(new(show));
                return;
            }
            scheduler ??= await Start();
            await scheduler.DeleteJob(new(show));
            var job = JobBuilder.Create<DueJob>().WithIdentity(show).UsingJobData(ShowKey, show).Build();
            await scheduler.ScheduleJob(job, TriggerBuilder.Create().WithIdentity(show).WithCronSchedule(Cron(schedule), c => c.InTimeZone(Zone(schedule)).WithMisfireHandlingInstructionFireAndProceed()).Build());
        }
        finally
        {
            gate.Release();
        }
        var now = clock.GetUtcNow();
        if (since is { } last && Expression(schedule).GetTimeAfter(last > now - NotTooLate ? last : now - NotTooLate) is { } missed && missed <= now) await due(show, missed);
    }

    /// <summary>When a show is made next.</summary>
    public static DateTimeOffset? Next(BriefingSchedule? schedule, DateTimeOffset now) => schedule is null ? null : Expression(schedule).GetTimeAfter(now);

    /// <summary>The day of a show that is made for a time.</summary>
    public static DateOnly DayOf(BriefingSchedule? schedule, DateTimeOffset time) => DateOnly.FromDateTime(schedule is null ? time.LocalDateTime : TimeZoneInfo.ConvertTime(time, Zone(schedule)).DateTime);

    static CronExpression Expression(BriefingSchedule schedule) => new(Cron(schedule)) { TimeZone = Zone(schedule) };

    static string Cron(BriefingSchedule schedule)
    {
        var at = TimeOnly.ParseExact(schedule.At!, "HH:mm", CultureInfo.InvariantCulture);
        var days = schedule.Days is { } some ? string.Join(',', some.Select(d => d.ToUpperInvariant())) : "*";
        return string.Create(CultureInfo.InvariantCulture, $"0 {at.Minute} {at.Hour} ? * {days}");
    }

    static TimeZoneInfo Zone(BriefingSchedule schedule) => schedule.TimeZone is { } zone ? TimeZoneInfo.FindSystemTimeZoneById(zone) : TimeZoneInfo.Utc;

    async Task<IScheduler> Start()
    {
        // Shows lie in the store, so Quartz keeps nothing of its own.
        var started = await new StdSchedulerFactory(new NameValueCollection
        {
            ["quartz.scheduler.instanceName"] = $"briefings-{Guid.NewGuid():N}",
            ["quartz.threadPool.maxConcurrency"] = "1",
            ["quartz.jobStore.type"] = "Quartz.Simpl.RAMJobStore, Quartz",
        }).GetScheduler();
        started.Context[Callback] = due;
        await started.Start();
        return started;
    }

    public async ValueTask DisposeAsync()
    {
        if (scheduler is not null) await scheduler.Shutdown(waitForJobsToComplete: false);
        gate.Dispose();
    }

    sealed class DueJob : IJob
    {
        public Task Execute(IJobExecutionContext context)
        {
            var due = (Func<string, DateTimeOffset, Task>)context.Scheduler.Context[Callback];
            return due(context.MergedJobDataMap.GetString(ShowKey)!, context.ScheduledFireTimeUtc ?? context.FireTimeUtc);
        }
    }
}
