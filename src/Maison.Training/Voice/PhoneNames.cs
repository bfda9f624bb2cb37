// The phone inventory as the voice models' configurations list it: an id is a place in the list, free ids are empty.

using Maison.Data.Speech;

namespace Maison.Training.Voice;

/// <summary>The inventory as configurations list it.</summary>
public static class PhoneNames
{
    /// <summary>Ids below this are marks.</summary>
    public static int Marks { get; } = Phone.All.Where(p => !p.IsMark).Min(p => p.Id);

    /// <summary>All symbols by id.</summary>
    public static string[] All()
    {
        var names = new string[Phone.Count];
        Array.Fill(names, "");
        foreach (var phone in Phone.All) names[phone.Id] = phone.Symbol;
        return names;
    }
}
