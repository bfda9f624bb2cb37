// The law of enforced forms: whatever a random model writes under a random schema is valid under it, also where the limit of tokens cut it
// short; and what can not be enforced is refused with its pointer.

using System.Text;
using System.Text.Json;
using Maison.Api.Errors;
using Maison.Api.Grammars;
using Maison.Api.Models;
using Maison.Inference;
using Maison.Inference.Grammar;
using Maison.Tests.Inference;

namespace Maison.Tests.Api.Grammars;

public sealed class SchemaLawTests
{
    const int Schemas = 2000;

    static readonly int[] Ends = [ScriptedModel.MessageEnd];

    static TokenGrammar Compile(string kind, string source) => Compile(new AnswerForm(new(kind, source, "form"), null, MayThink: false));

    static TokenGrammar Compile(AnswerForm form) => new GrammarShelf(ScriptedModel.Tokenizer).For(form, Ends, "form");

    static bool Matches(TokenGrammar grammar, string text) => grammar.Matches(ScriptedModel.Tokenizer.Encode(text));

    [Fact]
    public async Task WhatARandomModelWritesUnderARandomSchemaIsValid()
    {
        using var tiny = new TinyModel(seed: 3, layers: 1, vocab: ScriptedModel.Tokenizer.VocabSize + 5, context: 512);
        using var scheduler = new Scheduler(tiny.Decoder, tiny.Gang, new() { MaxRunning = 32 });
        var shelf = new GrammarShelf(ScriptedModel.Tokenizer);
        var drawn = new RandomSchemas(1);
        var (finished, shortened, cut) = (0, 0, 0);
        var work = Enumerable.Range(0, Schemas).Select(i => (i, Schema: drawn.Next())).ToList();
        await Parallel.ForEachAsync(work, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (item, _) =>
        {
            var (i, schema) = item;
            var grammar = shelf.For(new(new("json_schema", schema.GetRawText(), "schema"), null, MayThink: false), Ends, "schema");
            var limit = 10 + i % 150;
            var request = new GenerationRequest([i % 50], new(Temperature: i % 3 == 0 ? 0 : 1, Seed: (ulong)i, RepetitionPenalty: 1 + i % 2), limit, Ends, grammar);
            var ids = new List<int>();
            FinishReason? finish = null;
            await foreach (var token in scheduler.Generate(request))
            {
                ids.Add(token.Id);
                finish = token.Finish;
            }
            var text = ScriptedModel.Tokenizer.Decode([.. ids.Where(id => !Ends.Contains(id))]);
            if (grammar.ShortestText > limit && !grammar.Matches([.. ids.Where(id => !Ends.Contains(id))]))
            {
                Interlocked.Increment(ref cut);
                Assert.Equal(FinishReason.Length, finish);
                return;
            }
            using var json = JsonDocument.Parse(text);
            Assert.True(new SchemaValidator(schema).Fault(json.RootElement) is null, $"{new SchemaValidator(schema).Fault(json.RootElement)}\n{schema}\n{text}");
            Interlocked.Increment(ref finish == FinishReason.Stop ? ref finished : ref shortened);
        });
        // All three kinds of ends have to be seen, or the law says less than it seems to.
        Assert.True(finished > Schemas / 4 && shortened > Schemas / 20 && cut < Schemas / 2, $"{finished} finished, {shortened} shortened, {cut} cut");
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["b"]}""", """{"a": 1, "b": "x"}""", """{"b":"x"}""", """{"a":1}""")]
    [InlineData("""{"type":"object","properties":{"a":{}},"additionalProperties":{"type":"null"}}""", """{"b":null,"aa":null}""", """{"a":[1,{}]}""", """{"b":1}""")]
    [InlineData("""{"type":["integer","null"],"minimum":-12,"maximum":105}""", "-12", "105", "106")]
    [InlineData("""{"type":"number","exclusiveMinimum":0.25,"maximum":3}""", "0.2500001", "3.0", "0.250")]
    [InlineData("""{"type":"number","minimum":-1.5,"exclusiveMaximum":0}""", "-1.5", "-0.0001", "-1.51")]
    [InlineData("""{"type":"integer","multipleOf":7,"minimum":1,"maximum":100}""", "98", "7", "100")]
    [InlineData("""{"type":"number","multipleOf":0.01}""", "2.25", "-7", "2.255")]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"éé\"", "\"\\u00e9a\\n\"", "\"é\"")]
    [InlineData("""{"type":"string","pattern":"^[a-z]+$"}""", "\"abc\"", "\"z\"", "\"aB\"")]
    [InlineData("""{"type":"string","pattern":"b"}""", "\"abc\"", "\"b\"", "\"ac\"")]
    [InlineData("""{"type":"string","format":"date"}""", "\"2024-02-29\"", "\"2023-12-31\"", "\"2023-02-29\"")]
    [InlineData("""{"type":"array","prefixItems":[{"const":1},{"const":2}],"items":{"const":3},"maxItems":3}""", "[1,2]", "[1, 2, 3]", "[1,2,3,3]")]
    [InlineData("""{"$ref":"#/$defs/list","$defs":{"list":{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#/$defs/list"},{"type":"null"}]}},"required":["next"]}}}""", """{"next":null}""", """{"next":{"next":{"next":null}}}""", """{"next":{}}""")]
    [InlineData("""{"type":"object","anyOf":[{"properties":{"a":{"const":1}},"required":["a"]},{"properties":{"b":{"const":2}},"required":["b"]}]}""", """{"a":1}""", """{"b":2}""", "{}")]
    [InlineData("""{"allOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"a":{"minimum":5},"b":{"type":"null"}},"required":["b"]}]}""", """{"a":5,"b":null}""", """{"a":61,"b":null}""", """{"a":4,"b":null}""")]
    [InlineData("""{"oneOf":[{"type":"object","properties":{"k":{"const":"x"}},"required":["k"]},{"type":"object","properties":{"k":{"const":"y"},"v":{"type":"integer"}},"required":["k","v"]}]}""", """{"k":"x"}""", """{"k":"y","v":3}""", """{"k":"y"}""")]
    [InlineData("""{"type":"integer","enum":[1,"a",2.5,3]}""", "1", "3", "2.5")]
    [InlineData("true", "[[],{\"a\":[null,-1.5e3]}]", "\"\"", "[1,]")]
    public void SchemasMeanWhatTheySay(string schema, string one, string other, string wrong)
    {
        var grammar = Compile("json_schema", schema);
        Assert.True(Matches(grammar, one), one);
        Assert.True(Matches(grammar, other), other);
        Assert.False(Matches(grammar, wrong), wrong);
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"not":{"type":"string"}}}}""", "form#/properties/a/not", "'not' can not be enforced")]
    [InlineData("""{"type":"array","items":{},"uniqueItems":true}""", "form#/uniqueItems", "can not be enforced")]
    [InlineData("""{"type":"string","format":"iri"}""", "form#/format", "Known: date, time")]
    [InlineData("""{"type":"string","pattern":"(?=a)"}""", "form#/pattern", "look-ahead, which can not be enforced at position 2")]
    [InlineData("""{"type":"string","pattern":"a","maxLength":3}""", "form#/maxLength", "together with pattern")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"number"}]}""", "form#/oneOf/1", "Use anyOf")]
    [InlineData("""{"$ref":"#/$defs/gone"}""", "form#/$ref", "points at nothing")]
    [InlineData("""{"type":"objekt"}""", "form#/type", "'objekt' is no type of JSON")]
    [InlineData("""{"properties":{"a":3}}""", "form#/properties/a", "must be an object, true or false")]
    [InlineData("""{"type":"number","multipleOf":0.3}""", "form#/multipleOf", "can only be enforced for")]
    [InlineData("""{"maxLenght":3}""", "form#/maxLenght", "Take it away")]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}},"required":["a"]}}}""", "form", "Nothing finite matches")]
    [InlineData("""{"allOf":[{"$ref":"#"}]}""", "form", "Nothing finite matches")]
    public void WhatCanNotBeEnforcedIsRefusedWithItsPointer(string schema, string param, string message)
    {
        var refusal = Assert.Throws<ApiException>(() => Compile("json_schema", schema));
        Assert.Contains(message, refusal.Detail.Message);
        Assert.Equal(("unsupported_schema", param), (refusal.Detail.Code, refusal.Detail.Param));
    }

    [Theory]
    [InlineData("a|bc*", "bccc", "ab")]
    [InlineData("[^a]{2}", "é€", "ba")]
    [InlineData("\\d{3}-\\w", "123-_", "12-a")]
    [InlineData("(?:x|y)?z+?", "xzz", "xy")]
    [InlineData("[\\u{1F600}-\\u{1F64F}]", "😀", "x")]
    [InlineData(".", "\"", "\n")]
    [InlineData("^yes$|^no$", "no", "yesno")]
    public void RegularExpressionsMatchTheWholeAnswer(string pattern, string right, string wrong)
    {
        var grammar = Compile("regex", pattern);
        Assert.True(Matches(grammar, right), right);
        Assert.False(Matches(grammar, wrong), wrong);
    }

    [Fact]
    public void RandomRegularExpressionsAgreeWithTheRuntimes()
    {
        var random = new Random(5);
        string Draw(int depth) => random.Next(depth == 0 ? 4 : 8) switch
        {
            0 => "a",
            1 => "b",
            2 => "[ab]",
            3 => "[^a]",
            4 => $"(?:{Draw(depth - 1)}|{Draw(depth - 1)})",
            5 => $"(?:{Draw(depth - 1)}){random.GetItems(["*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}"], 1)[0]}",
            _ => Draw(depth - 1) + Draw(depth - 1),
        };
        for (var round = 0; round < 400; round++)
        {
            var pattern = Draw(3);
            var grammar = Compile("regex", pattern);
            var judge = new System.Text.RegularExpressions.Regex($"^(?:{pattern})\\z");
            for (var i = 0; i < 40; i++)
            {
                var text = new string(random.GetItems("abc".AsSpan(), random.Next(7)));
                Assert.True(judge.IsMatch(text) == Matches(grammar, text), $"{pattern} and '{text}'");
            }
        }
    }

    const string Arithmetic = """
        # sums of products
        root  ::= sum "\n"?
        sum   ::= product ("+" product)*   # to the left
        product ::= ( number | "(" sum ")" |
                      [x-z] ) ("*" product)?
        number ::= [0-9]{1,3}
        """;

    [Theory]
    [InlineData("1+2*(3+x)", true)]
    [InlineData("z*z\n", true)]
    [InlineData("1234", false)]
    [InlineData("(1", false)]
    public void GbnfGrammars(string text, bool right) => Assert.Equal(right, Matches(Compile("grammar", Arithmetic), text));

    [Theory]
    [InlineData("root ::= x", "'x' is called but not defined")]
    [InlineData("a ::= \"b\"", "no rule named root")]
    [InlineData("root ::= root \"a\" | \"b\"", "'root' is left-recursive")]
    [InlineData("root ::= \"a\nb\"", "line 1, column 12: a '\"' is missing")]
    [InlineData("root ::= <think>", "references to tokens are not supported")]
    [InlineData("root ::= [z-a]", "a range runs backwards")]
    public void BrokenGrammarsAreNamed(string grammar, string message)
        => Assert.Contains(message, Assert.Throws<ApiException>(() => Compile("grammar", grammar)).Detail.Message);

    [Fact]
    public void CodePointsBecomeExactlyTheirBytes()
    {
        var random = new Random(2);
        for (var round = 0; round < 60; round++)
        {
            var ranges = Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(0x110000)).Select(low => (low, Math.Min(0x10FFFF, low + random.Next(1 << random.Next(17))))).ToList();
            var set = new CodePoints(ranges);
            if (set.IsEmpty) continue;
            var grammar = new TokenGrammar(new(set.Utf8()), Bytes);
            foreach (var value in ranges.SelectMany(r => (int[])[r.low - 1, r.low, (r.low + r.Item2) / 2, r.Item2, r.Item2 + 1]).Where(Rune.IsValid))
                Assert.Equal(set.Contains(value), grammar.Matches([.. Encoding.UTF8.GetBytes(new Rune(value).ToString()).Select(b => (int)b)]));
        }
    }

    static readonly TokenTrie Bytes = new([.. Enumerable.Range(0, 256).Select(b => (byte[]?)[(byte)b])], []);
}
