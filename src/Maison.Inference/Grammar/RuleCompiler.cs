// From rules to a machine of small states. Each rule is compiled by Thompson's construction ("Regular expression search algorithm",
// CACM 1968), with calls as a second kind of edge; then steps that read nothing are removed, and states from which no end can be
// reached are cut off, so that whoever walks the machine can always finish. A state knows how many bytes or marks the shortest way
// to the end of its rule takes: that is what lets an answer close in time. Left recursion is refused, since a walk would never read.

namespace Maison.Inference.Grammar;

/// <summary>A state of a compiled rule.</summary>
/// <param name="Bytes">Edges that read a byte.</param>
/// <param name="Marks">Edges that read a special token.</param>
/// <param name="Calls">Edges that read a whole rule: the state it begins with, and where to go on after it.</param>
/// <param name="Ends">Whether the rule may end here.</param>
/// <param name="Distance">Bytes and marks to the rule's end, at least.</param>
sealed record MachineState((ByteSet Set, int Target)[] Bytes, (int Mark, int Target)[] Marks, (int Start, int Return)[] Calls, bool Ends, int Distance)
{
    public bool Reads => Bytes.Length + Marks.Length > 0;

    /// <summary>Whether nothing can follow: a call that returns here need not be remembered.</summary>
    public bool OnlyEnds => Ends && !Reads && Calls.Length == 0;
}

/// <summary>Compiles <see cref="GrammarRules"/> to states.</summary>
sealed class RuleCompiler
{
    const int MostStates = 200_000;
    const int Unreachable = int.MaxValue / 4;

    sealed class Draft
    {
        public readonly List<int> Silent = [];
        public readonly List<(ByteSet, int)> Bytes = [];
        public readonly List<(int, int)> Marks = [];
        public readonly List<(int Rule, int Return)> Calls = [];
    }

    readonly List<Draft> drafts = [];
    readonly List<(string Name, int Start, int End)> rules = [];
    readonly Dictionary<string, int> ruleOf = [];
    readonly Queue<(Syntax Body, int Rule)> open = new();

    RuleCompiler() { }

    /// <summary>The states, and which one a text begins with.</summary>
    /// <exception cref="GrammarException">A rule is missing, left-recursive, or too large; or nothing finite matches.</exception>
    public static (MachineState[] States, int Start) Compile(GrammarRules grammar)
    {
        var compiler = new RuleCompiler();
        foreach (var (name, body) in grammar.Rules) compiler.Declare(name, body);
        if (!compiler.ruleOf.TryGetValue(grammar.Root, out var root)) throw new GrammarException($"The grammar has no rule '{grammar.Root}' to begin with.");
        while (compiler.open.TryDequeue(out var next)) compiler.Draw(next.Body, compiler.rules[next.Rule].Start, compiler.rules[next.Rule].End);
        return (compiler.Finish(root), compiler.rules[root].Start);
    }

    int Declare(string name, Syntax body)
    {
        var rule = rules.Count;
        ruleOf[name] = rule;
        rules.Add((name, New(), New()));
        open.Enqueue((body, rule));
        return rule;
    }

    int New()
    {
        if (drafts.Count == MostStates) throw new GrammarException($"The grammar is too large: it needs more than {MostStates} states. Ask for smaller repetitions.");
        drafts.Add(new());
        return drafts.Count - 1;
    }

    void Draw(Syntax syntax, int from, int to)
    {
        switch (syntax)
        {
            case OneByte { Set: var set }:
                if (set.Count > 0) drafts[from].Bytes.Add((set, to));
                break;
            case OneMark { Id: var id }:
                drafts[from].Marks.Add((id, to));
                break;
            case InOrder { Parts: var parts }:
                for (var i = 0; i < parts.Count; i++)
                {
                    var next = i == parts.Count - 1 ? to : New();
                    Draw(parts[i], from, next);
                    from = next;
                }
                if (parts.Count == 0) drafts[from].Silent.Add(to);
                break;
            case OneOf { Options: var options }:
                foreach (var option in options) Draw(option, from, to);
                break;
            case Repeated repeated:
                DrawRepeated(repeated, from, to);
                break;
            case Call { Rule: var name }:
                if (!ruleOf.TryGetValue(name, out var rule)) throw new GrammarException($"The rule '{name}' is called but not defined.");
                drafts[from].Calls.Add((rule, to));
                break;
        }
    }

    void DrawRepeated(Repeated repeated, int from, int to)
    {
        var (part, min, max) = repeated;
        if (max < min || min < 0) throw new GrammarException($"A repetition of {min} to {max} times matches nothing.");
        // What is repeated by count becomes a rule of its own, so that a repetition costs one state and not a copy.
        if ((max ?? min) > 1 && part is not (OneByte or OneMark or Call))
        {
            var name = $"#{rules.Count}";
            Declare(name, part);
            part = new Call(name);
        }
        // Fresh states at both ends: a loop must not be entered by what else begins at 'from' or ends at 'to'.
        var at = New();
        drafts[from].Silent.Add(at);
        for (var i = 0; i < min; i++) at = Read(at);
        if (max is null)
        {
            var loop = New();
            drafts[at].Silent.Add(loop);
            Draw(part, loop, loop);
            drafts[loop].Silent.Add(to);
            return;
        }
        for (var i = min; i < max; i++)
        {
            drafts[at].Silent.Add(to);
            at = Read(at);
        }
        drafts[at].Silent.Add(to);

        int Read(int state)
        {
            var next = New();
            Draw(part, state, next);
            return next;
        }
    }

    MachineState[] Finish(int root)
    {
        var ends = new HashSet<int>(rules.Select(r => r.End));
        var reached = new int[drafts.Count][];
        for (var state = 0; state < drafts.Count; state++) reached[state] = Silently(state);
        var distance = Distances(reached, ends);
        if (distance[rules[root].Start] >= Unreachable)
            throw new GrammarException($"Nothing finite matches the rule '{rules[root].Name}': every way through it calls itself again.");
        RefuseLeftRecursion(reached, distance, ends);
        return [.. Enumerable.Range(0, drafts.Count).Select(state => new MachineState(
            [.. reached[state].SelectMany(s => drafts[s].Bytes).Where(e => distance[e.Item2] < Unreachable)],
            [.. reached[state].SelectMany(s => drafts[s].Marks).Where(e => distance[e.Item2] < Unreachable)],
            [.. reached[state].SelectMany(s => drafts[s].Calls).Where(c => Through(c, distance) < Unreachable).Select(c => (rules[c.Rule].Start, c.Return)).Distinct()],
            reached[state].Any(ends.Contains), distance[state]))];
    }

    /// <summary>The states reached from one without reading, itself included.</summary>
    int[] Silently(int state)
    {
        if (drafts[state].Silent.Count == 0) return [state];
        var seen = new HashSet<int> { state };
        var todo = new Stack<int>([state]);
        while (todo.TryPop(out var at))
            foreach (var next in drafts[at].Silent)
                if (seen.Add(next)) todo.Push(next);
        return [.. seen];
    }

    int Through((int Rule, int Return) call, int[] distance) => Math.Min(Unreachable, distance[rules[call.Rule].Start] + distance[call.Return]);

    int[] Distances(int[][] reached, HashSet<int> ends)
    {
        var distance = new int[drafts.Count];
        Array.Fill(distance, Unreachable);
        // Later states mostly lie nearer to the end, so that few rounds settle all.
        for (var changed = true; changed;)
        {
            changed = false;
            for (var state = drafts.Count - 1; state >= 0; state--)
            {
                var best = distance[state];
                foreach (var s in reached[state])
                {
                    if (ends.Contains(s)) best = 0;
                    foreach (var (_, target) in drafts[s].Bytes) best = Math.Min(best, distance[target] + 1);
                    foreach (var (_, target) in drafts[s].Marks) best = Math.Min(best, distance[target] + 1);
                    foreach (var call in drafts[s].Calls) best = Math.Min(best, Through(call, distance));
                }
                if (best >= distance[state]) continue;
                distance[state] = best;
                changed = true;
            }
        }
        return distance;
    }

    void RefuseLeftRecursion(int[][] reached, int[] distance, HashSet<int> ends)
    {
        var nullable = rules.Select(_ => false).ToArray();
        for (var changed = true; changed;)
        {
            changed = false;
            for (var rule = 0; rule < rules.Count; rule++)
            {
                if (nullable[rule] || !FirstStates(rules[rule].Start).Any(ends.Contains)) continue;
                nullable[rule] = changed = true;
            }
        }
        var first = rules.Select(r => FirstStates(r.Start).SelectMany(s => drafts[s].Calls).Where(c => Through(c, distance) < Unreachable).Select(c => c.Rule).Distinct().ToArray()).ToArray();
        var mark = new byte[rules.Count];                          // 1 on the way down, 2 done
        for (var rule = 0; rule < rules.Count; rule++) Visit(rule);

        // All states that a rule can be in before it has read anything.
        IEnumerable<int> FirstStates(int start)
        {
            var seen = new HashSet<int>(reached[start]);
            var todo = new Stack<int>(seen);
            while (todo.TryPop(out var at))
                foreach (var (called, next) in drafts[at].Calls)
                    if (nullable[called])
                        foreach (var s in reached[next])
                            if (seen.Add(s)) todo.Push(s);
            return seen;
        }

        void Visit(int from)
        {
            var path = new Stack<(int Rule, int Next)>([(from, 0)]);
            if (mark[from] != 0) return;
            mark[from] = 1;
            while (path.TryPop(out var at))
            {
                if (at.Next == first[at.Rule].Length)
                {
                    mark[at.Rule] = 2;
                    continue;
                }
                path.Push((at.Rule, at.Next + 1));
                var called = first[at.Rule][at.Next];
                if (mark[called] == 1)
                {
                    var name = rules[called].Name.StartsWith('#') ? rules[at.Rule].Name : rules[called].Name;
                    throw new GrammarException($"The rule '{name}' is left-recursive: it calls itself before it reads anything. Write the recursion to the right, or as a repetition.");
                }
                if (mark[called] != 0) continue;
                mark[called] = 1;
                path.Push((called, 0));
            }
        }
    }
}
