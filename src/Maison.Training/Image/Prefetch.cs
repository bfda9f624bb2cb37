// Makes the batch of the next step while the device is busy with this one.

namespace Maison.Training.Image;

/// <summary>Things that follow from a number, made one ahead by another thread.</summary>
/// <param name="make">Called for one number at a time.</param>
sealed class Prefetch<T>(Func<int, T> make)
{
    Task<T>? next;
    int number = -1;

    /// <summary>The thing of a number; that of the following one is begun. What was returned before is no longer used.</summary>
    public T Take(int wanted)
    {
        var ready = next is not null && number == wanted ? next : null;
        if (ready is null) next?.Wait();
        var made = ready is not null ? ready.GetAwaiter().GetResult() : make(wanted);
        number = wanted + 1;
        next = Task.Run(() => make(wanted + 1));
        return made;
    }
}
