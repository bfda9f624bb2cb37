// What an answer has to look like, and the grammar that says so: thoughts if the model wants them, then content of the asked form or calls
// of tools, in the order and the spelling that ChatFormat and AnswerParser know.

using System.Text.Json;
using Maison.Data.Tokenizers;
using Maison.Inference.Grammar;

namespace Maison.Api.Grammars;

/// <summary>The form of an answer's content.</summary>
/// <param name="Kind">json_object, json_schema, regex or grammar.</param>
/// <param name="Source">The schema's JSON, the pattern or the grammar; empty for json_object.</param>
/// <param name="Param">The request's field that the source came in, for refusals.</param>
sealed record ContentForm(string Kind, string Source, string Param);

/// <summary>A function that the model may call.</summary>
/// <param name="Parameters">The schema of its arguments; null for a function without any.</param>
/// <param name="Strict">Whether every keyword of the schema has to be enforced.</param>
/// <param name="Param">The request's field that it came in, for refusals.</param>
sealed record FunctionTool(string Name, string? Description, JsonElement? Parameters, bool Strict, string Param);

/// <summary>Whether tools are called.</summary>
enum CallRule { Never, MayCall, MustCall }

/// <summary>The tools of a request and what may be done with them.</summary>
/// <param name="Described">All tools; the model is told of them.</param>
/// <param name="Callable">Those that it may call now.</param>
/// <param name="Parallel">Whether one answer may hold several calls.</param>
sealed record ToolUse(IReadOnlyList<FunctionTool> Described, IReadOnlyList<FunctionTool> Callable, CallRule Rule, bool Parallel);

/// <summary>Content and tools together.</summary>
sealed record AnswerForm(ContentForm? Content, ToolUse? Tools, bool MayThink)
{
    static readonly Syntax AnyByte = new OneByte(ByteSet.All);

    /// <summary>Whether any text will do.</summary>
    public bool IsFree => Content is null && Tools is null;

    /// <summary>Two forms with the same key have the same grammar.</summary>
    public string Key => string.Join('\n', [
        $"{MayThink} {Content?.Kind} {Content?.Source.Length} {Content?.Source}",
        $"{Tools?.Rule} {Tools?.Parallel}",
        .. (Tools?.Callable ?? []).Select(t => $"{t.Name} {t.Strict} {t.Parameters?.GetRawText()}")]);

    /// <summary>The rules of the whole answer.</summary>
    /// <exception cref="Errors.ApiException">400 naming the schema, pattern or grammar that can not be enforced, and where in it.</exception>
    public GrammarRules Rules(BpeTokenizer tokenizer)
    {
        var rules = JsonSyntax.Rules();
        var text = Syntax.Star(AnyByte);
        var content = Content is null ? text : FormRefusal.Guard(Content.Param, () => ContentRules(rules));
        var calls = Tools is null or { Rule: CallRule.Never } ? null : Calls(Tools, tokenizer, rules);
        var answer = calls is null ? content
            : Tools!.Rule == CallRule.MustCall ? calls
            : Content is null ? Syntax.All(text, Syntax.Optional(calls))
            : Syntax.Any(content, calls);
        rules["the answer"] = MayThink ? Syntax.All(Thoughts(tokenizer), answer) : answer;
        return new("the answer", rules);
    }

    Syntax ContentRules(Dictionary<string, Syntax> rules)
    {
        switch (Content!.Kind)
        {
            case "json_object":
                return JsonSyntax.Object;
            case "json_schema":
                return JsonSchemaGrammar.Add(JsonDocument.Parse(Content.Source).RootElement, lenient: false, "schema ", rules);
            case "regex":
                return RegexGrammar.Read(Content.Source, set => set.Utf8(), anywhere: false);
            default:
                var grammar = GbnfGrammar.Read(Content.Source);
                foreach (var (name, body) in grammar.Rules) rules[name] = body;
                return new Call(grammar.Root);
        }
    }

    static Syntax Thoughts(BpeTokenizer tokenizer)
    {
        if (!tokenizer.SpecialTokens.TryGetValue(MarkNames.ThinkStart, out var start) || !tokenizer.SpecialTokens.TryGetValue(MarkNames.ThinkEnd, out var end)) return Syntax.Empty;
        return Syntax.Optional(Syntax.All(new OneMark(start), Syntax.Star(AnyByte), new OneMark(end), new Repeated(Syntax.Text("\n"), 0, 2)));
    }

    static Syntax Calls(ToolUse tools, BpeTokenizer tokenizer, Dictionary<string, Syntax> rules)
    {
        var (start, end) = (new OneMark(tokenizer.SpecialTokens[MarkNames.CallStart]), new OneMark(tokenizer.SpecialTokens[MarkNames.CallEnd]));
        rules["a call"] = Syntax.Any([.. tools.Callable.Select((tool, i) => Syntax.All(
            start, Syntax.Text($"\n{{\"name\": \"{tool.Name}\", \"arguments\": "), FormRefusal.Guard(tool.Param, () => Arguments(tool, $"tool {i} ", rules)), Syntax.Text("}\n"), end))]);
        var call = new Call("a call");
        return tools.Parallel ? Syntax.All(call, Syntax.Star(Syntax.All(Syntax.Text("\n"), call))) : call;
    }

    static Syntax Arguments(FunctionTool tool, string prefix, Dictionary<string, Syntax> rules)
    {
        if (tool.Parameters is not { } schema) return Syntax.Text("{}");
        if (schema.ValueKind != JsonValueKind.Object) throw new SchemaException("", "must be an object");
        if (!schema.EnumerateObject().Any(p => !SchemaNode.Annotations.Contains(p.Name))) return JsonSyntax.Object;
        if (schema.TryGetProperty("type", out var type) && (type.ValueKind != JsonValueKind.String || type.GetString() != "object")) throw new SchemaException("/type", "must be \"object\": arguments have names");
        return JsonSchemaGrammar.Add(schema, !tool.Strict, prefix, rules);
    }
}
