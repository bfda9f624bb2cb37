// Walks a compiled grammar over bytes and marks. A grammar that calls rules needs a stack, and an ambiguous one several at once: a parse
// state is the set of all stacks that the text so far allows. Stacks share their lower parts, equal ones are the same object, and so are
// equal parse states; each remembers where every class of letters leads. After the first visit a step is therefore one array
// look-up, as in a lexer's table, which is what makes walking a whole vocabulary cheap. When the tables grow too large they are dropped
// and built anew; walks in progress keep the states they stand on.

namespace Maison.Inference.Grammar;

/// <summary>A stack of machine states: where a rule is, and below it where its caller goes on.</summary>
sealed class StackNode(int id, int state, StackNode? below, int distance)
{
    public int Id { get; } = id;
    public int State { get; } = state;
    public StackNode? Below { get; } = below;

    /// <summary>Bytes and marks to the end of the whole text, at least.</summary>
    public int Distance { get; } = distance;
}

/// <summary>All stacks that a text allows.</summary>
sealed class ParseState(StackNode[] stacks, bool accepting, int distance, int letters)
{
    internal readonly ParseState?[] next = new ParseState?[letters];

    public StackNode[] Stacks { get; } = stacks;

    /// <summary>Whether the text may end here.</summary>
    public bool Accepting { get; } = accepting;

    /// <summary>Bytes and marks to the nearest end; 0 where it may end.</summary>
    public int Distance { get; } = distance;

    /// <summary>Whether it must end here.</summary>
    public bool Done => Accepting && Stacks.Length == 0;

    public bool Dead => !Accepting && Stacks.Length == 0;

    /// <summary>The tokens that may follow, one bit per id; null until asked for.</summary>
    public ulong[]? Mask { get; set; }
}

/// <summary>The table of parse states of one grammar. Not safe from several threads at once.</summary>
sealed class Automaton
{
    const int MostStacks = 4096;

    readonly MachineState[] states;
    readonly int start;
    readonly byte[] letterOf = new byte[256];
    readonly byte[] byteOf;                                 // one byte of each class
    readonly int[] marks;
    readonly Dictionary<(int State, int Below), StackNode> nodes = [];
    readonly Dictionary<int[], ParseState> table = new(new StackComparer());
    readonly ParseState dead;
    int lastNode;

    // Scratch of Closed.
    readonly Stack<StackNode> todo = [];
    readonly HashSet<int> seen = [];
    readonly List<StackNode> found = [];

    /// <exception cref="GrammarException">As <see cref="RuleCompiler.Compile"/>.</exception>
    public Automaton(GrammarRules rules)
    {
        (states, start) = RuleCompiler.Compile(rules);
        byteOf = Classes();
        marks = [.. states.SelectMany(s => s.Marks).Select(m => m.Mark).Distinct()];
        dead = new([], false, int.MaxValue, 0);
    }

    /// <summary>The special tokens that the grammar names.</summary>
    public ReadOnlySpan<int> Marks => marks;

    public int States => table.Count;

    /// <summary>The state of the empty text.</summary>
    public ParseState Start => Closed([Node(start, null)]);

    /// <summary>Where a byte leads; the dead state where the grammar does not allow it.</summary>
    public ParseState AfterByte(ParseState at, byte value)
    {
        if (at.Dead) return dead;
        var letter = letterOf[value];
        return at.next[letter] ??= Follow(at, letter);
    }

    /// <summary>Where a mark leads; the dead state where the grammar does not allow it.</summary>
    public ParseState AfterMark(ParseState at, int id)
    {
        var index = Array.IndexOf(marks, id);
        if (index < 0 || at.Dead) return dead;
        var letter = byteOf.Length + index;
        return at.next[letter] ??= Follow(at, letter);
    }

    /// <summary>Forgets all states but those that somebody holds.</summary>
    public void Clear()
    {
        nodes.Clear();
        table.Clear();
    }

    ParseState Follow(ParseState at, int letter)
    {
        var seeds = new List<StackNode>();
        foreach (var stack in at.Stacks)
        {
            var state = states[stack.State];
            if (letter < byteOf.Length)
            {
                foreach (var (set, target) in state.Bytes)
                    if (set.Contains(byteOf[letter])) seeds.Add(Node(target, stack.Below));
            }
            else
            {
                foreach (var (mark, target) in state.Marks)
                    if (mark == marks[letter - byteOf.Length]) seeds.Add(Node(target, stack.Below));
            }
        }
        return seeds.Count == 0 ? dead : Closed(seeds);
    }

    /// <summary>The state of these stacks and all they become by entering and leaving rules.</summary>
    ParseState Closed(List<StackNode> seeds)
    {
        seen.Clear();
        found.Clear();
        foreach (var seed in seeds) todo.Push(seed);
        var (accepting, distance) = (false, int.MaxValue);
        while (todo.TryPop(out var node))
        {
            if (!seen.Add(node.Id)) continue;
            if (seen.Count > MostStacks) throw new GrammarException($"The grammar is too ambiguous: more than {MostStacks} readings of one text. Write it with fewer ways to match the same.");
            var state = states[node.State];
            if (state.Reads)
            {
                found.Add(node);
                distance = Math.Min(distance, node.Distance);
            }
            foreach (var (called, back) in state.Calls) todo.Push(Node(called, states[back].OnlyEnds ? node.Below : Node(back, node.Below)));
            if (!state.Ends) continue;
            if (node.Below is { } below) todo.Push(below);
            else accepting = true;
        }
        found.Sort((x, y) => x.Id.CompareTo(y.Id));
        var key = new int[found.Count + 1];
        for (var i = 0; i < found.Count; i++) key[i] = found[i].Id;
        key[^1] = accepting ? -1 : -2;
        if (table.TryGetValue(key, out var known)) return known;
        return table[key] = new([.. found], accepting, accepting ? 0 : distance, byteOf.Length + marks.Length);
    }

    StackNode Node(int state, StackNode? below)
    {
        ref var node = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(nodes, (state, below?.Id ?? 0), out _);
        return node ??= new(++lastNode, state, below, states[state].Distance + (below?.Distance ?? 0));
    }

    /// <summary>Puts bytes that no edge tells apart into one class; returns a member of each.</summary>
    byte[] Classes()
    {
        var classOf = new int[256];
        var count = 1;
        foreach (var set in states.SelectMany(s => s.Bytes).Select(e => e.Set).Distinct())
        {
            var split = new Dictionary<int, int>();
            // A class is split only where some of its bytes are in the set and others are not.
            var (inside, outside) = (new HashSet<int>(), new HashSet<int>());
            for (var value = 0; value < 256; value++) (set.Contains((byte)value) ? inside : outside).Add(classOf[value]);
            for (var value = 0; value < 256; value++)
            {
                var old = classOf[value];
                if (!set.Contains((byte)value) || !outside.Contains(old)) continue;
                if (!split.TryGetValue(old, out var fresh)) split[old] = fresh = count++;
                classOf[value] = fresh;
            }
        }
        var members = new byte[count];
        for (var value = 255; value >= 0; value--)
        {
            letterOf[value] = (byte)classOf[value];
            members[classOf[value]] = (byte)value;
        }
        return members;
    }

    sealed class StackComparer : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] ids)
        {
            var hash = new HashCode();
            hash.AddBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(ids.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
