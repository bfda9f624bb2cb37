// Sums with visible steps, made by rule from a seed: additions, subtractions and small products, bare or as a short story, the long ones
// worked place by place. What a small model cannot read off the page it can be shown; no row comes from anybody's collection.

using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Maison.Data.Corpora;

/// <summary>Writes a corpus of sums as JSON lines with an "answer" field, and its licence beside it.</summary>
public static class SumProblems
{
    static readonly string[] People = ["Ben", "Clara", "Dora", "Emil", "Farah", "Grace", "Hugo", "Ines", "Jonas", "Kim", "Lena", "Milo", "Nora", "Omar", "Pia", "Ravi", "Sara", "Theo", "Uma", "Yusuf"];
    static readonly string[] Things = ["stones", "stamps", "pencils", "books", "marbles", "shells", "cards", "flowers", "coins", "buttons", "oranges", "cookies", "eggs", "balls", "photos", "stickers"];

    /// <summary>The same seed gives the same bytes.</summary>
    /// <param name="folder">Gets sums.jsonl and, beside it, the licence. Its name is the corpus' name.</param>
    /// <param name="rows">Number of problems.</param>
    public static void Write(string folder, int rows, int seed)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "LICENCE.txt"), "Sums made by rule from a seed (maison data sums). No attribution is required.\n");
        File.WriteAllText(Path.Combine(folder, "LEDGER.jsonl"), $$"""{"corpus":{{JsonSerializer.Serialize(Path.GetFileName(folder))}},"licence":"CC0-1.0","source":"maison data sums --rows {{rows}} --seed {{seed}}"}""" + "\n");
        var random = new Random(seed);
        using var lines = new StreamWriter(Path.Combine(folder, "sums.jsonl"), append: false, new UTF8Encoding(false)) { NewLine = "\n" };
        for (var i = 0; i < rows; i++)
        {
            var (question, steps, answer) = Make(random);
            lines.WriteLine(JsonSerializer.Serialize(new Dictionary<string, object>
            {
                ["messages"] = new[] { Turn("user", question), Turn("assistant", $"{steps}\n\nThe answer is {answer}.") },
                ["answer"] = answer,
            }));
        }

        static Dictionary<string, string> Turn(string role, string content) => new() { ["role"] = role, ["content"] = content };
    }

    /// <summary>A problem by lot, and the number that it comes to.</summary>
    public static (string Question, decimal Answer) Question(Random random)
    {
        var (question, _, answer) = Make(random);
        return (question, decimal.Parse(answer, CultureInfo.InvariantCulture));
    }

    static (string Question, string Steps, string Answer) Make(Random random) => random.Next(10) switch
    {
        < 4 => Plus(random),
        < 7 => Minus(random),
        7 => Times(random),
        _ => Story(random),
    };

    /// <summary>One, two or three digits, each as often as the others.</summary>
    static int Number(Random random) => random.Next(3) switch { 0 => random.Next(0, 10), 1 => random.Next(10, 100), _ => random.Next(100, 1000) };

    static (string, string, string) Plus(Random random)
    {
        int a = Number(random), b = Number(random);
        var question = random.Next(6) switch
        {
            0 => $"What is {a} plus {b}?",
            1 => $"{a} + {b} =",
            2 => $"What is {a} + {b}?",
            3 => $"How much is {a} and {b} together?",
            4 => $"Add {a} and {b}.",
            _ => $"Please work out {a} + {b}.",
        };
        return (question, Added(a, b), Text(a + b));
    }

    static (string, string, string) Minus(Random random)
    {
        int a = Number(random), b = Number(random);
        if (a < b) (a, b) = (b, a);
        var question = random.Next(6) switch
        {
            0 => $"What is {a} minus {b}?",
            1 => $"{a} - {b} =",
            2 => $"What is {a} - {b}?",
            3 => $"How much is left when you take {b} from {a}?",
            4 => $"Subtract {b} from {a}.",
            _ => $"Please work out {a} - {b}.",
        };
        return (question, Taken(a, b), Text(a - b));
    }

    static (string, string, string) Times(Random random)
    {
        int a = random.Next(2, 13), b = random.Next(2, 13);
        var question = random.Next(4) switch { 0 => $"What is {a} times {b}?", 1 => $"{a} * {b} =", 2 => $"How much is {a} x {b}?", _ => $"Multiply {a} by {b}." };
        return (question, $"{a} * {b} = {a * b}", Text(a * b));
    }

    static (string, string, string) Story(Random random)
    {
        var who = People[random.Next(People.Length)];
        var other = People[random.Next(People.Length)];
        if (other == who) other = "a friend";
        var things = Things[random.Next(Things.Length)];
        int a = random.Next(2, 100), b = random.Next(2, 100);
        if (random.Next(2) == 0)
            return random.Next(3) switch
            {
                0 => ($"{who} has {a} {things}. {other} gives {who} {b} more. How many {things} does {who} have now?", Added(a, b), Text(a + b)),
                1 => ($"There are {a} {things} on the table and {b} {things} in a box. How many {things} are there in all?", Added(a, b), Text(a + b)),
                _ => ($"{who} found {a} {things} on Monday and {b} on Tuesday. How many {things} did {who} find altogether?", Added(a, b), Text(a + b)),
            };
        if (a < b) (a, b) = (b, a);
        return random.Next(3) switch
        {
            0 => ($"{who} had {a} {things} and gave {b} of them to {other}. How many {things} does {who} have left?", Taken(a, b), Text(a - b)),
            1 => ($"There were {a} {things} in a bag. {who} took out {b}. How many {things} are still in the bag?", Taken(a, b), Text(a - b)),
            _ => ($"{who} has {a} {things} and {other} has {b}. How many more {things} does {who} have?", Taken(a, b), Text(a - b)),
        };
    }

    /// <summary>From the ones up, with what is carried; in one line where there is a single digit.</summary>
    static string Added(int a, int b)
    {
        if (a < 10 && b < 10) return $"{a} + {b} = {a + b}";
        var steps = new StringBuilder();
        var carry = 0;
        foreach (var (x, y, place) in Places(a, b))
        {
            var sum = x + y + carry;
            steps.Append(CultureInfo.InvariantCulture, $"{place}: {x} + {y}");
            if (carry > 0) steps.Append(" + 1");
            steps.Append(CultureInfo.InvariantCulture, $" = {sum}");
            carry = sum / 10;
            if (carry > 0) steps.Append(CultureInfo.InvariantCulture, $", write {sum % 10}, carry 1");
            steps.Append('\n');
        }
        return steps.Append(CultureInfo.InvariantCulture, $"{a} + {b} = {a + b}").ToString();
    }

    /// <summary>From the ones up, with what is borrowed. <paramref name="a"/> is not smaller than <paramref name="b"/>.</summary>
    static string Taken(int a, int b)
    {
        if (a < 10 && b < 10) return $"{a} - {b} = {a - b}";
        var steps = new StringBuilder();
        var borrowed = 0;
        foreach (var (x, y, place) in Places(a, b))
        {
            var top = x - borrowed;
            var lent = top < y;
            steps.Append(CultureInfo.InvariantCulture, $"{place}: {x}");
            if (borrowed > 0) steps.Append(" - 1");
            if (lent) steps.Append(" + 10");
            steps.Append(CultureInfo.InvariantCulture, $" - {y} = {top + (lent ? 10 : 0) - y}");
            if (lent) steps.Append(", borrow 1");
            borrowed = lent ? 1 : 0;
            steps.Append('\n');
        }
        return steps.Append(CultureInfo.InvariantCulture, $"{a} - {b} = {a - b}").ToString();
    }

    static IEnumerable<(int X, int Y, string Place)> Places(int a, int b)
    {
        string[] names = ["ones", "tens", "hundreds"];
        for (var i = 0; a > 0 || b > 0; i++, a /= 10, b /= 10) yield return (a % 10, b % 10, names[i]);
    }

    static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
