using Maison.Battles;

namespace Maison.Tests.Battles;

public sealed class TextStyleTests
{
    [Theory]
    [InlineData("", 0, 0, 0, 0, 0)]
    [InlineData("Two words.", 2, 0, 0, 0, 0)]
    [InlineData("# Head\n\n**bold** and __too__\n\n- one\n- two\n1. three\n2) four", 13, 1, 2, 4, 0)]
    [InlineData("#no head\n**open\n* item", 5, 0, 0, 1, 0)]
    [InlineData("```py\n# comment\n- no item\n```\nafter\n```\nnever closed\n- x", 13, 0, 0, 0, 2)]
    public void AnAnswerIsMeasured(string answer, int words, int headings, int bold, int items, int code)
        => Assert.Equal([words, headings, bold, items, code], TextStyle.Of(answer));

    [Theory]
    [InlineData("text", "Write a Python function that sorts a list.", "code,writing")]
    [InlineData("text", "What is 12 * 30?", "maths,facts")]
    [InlineData("text", "Good morning!", "")]
    [InlineData("voice", "The train leaves at 10:45.", "numbers")]
    [InlineData("voice", "“Will you stay?” she asked.", "questions,speech")]
    [InlineData("image", "purple heart, 3D rendered emoji", "emoji")]
    [InlineData("image", "a photo of a red apple", "photographs")]
    [InlineData("smell", "anything at all", "")]
    public void APromptIsSorted(string modality, string prompt, string categories)
    {
        Assert.Equal(categories, string.Join(',', PromptCategories.Of(modality, prompt)));
        Assert.All(PromptCategories.Of(modality, prompt), c => Assert.Contains(c, PromptCategories.Of(modality)));
    }

    [Fact]
    public void LongPromptsAreAKindOfTheirOwn()
        => Assert.Equal(["long"], PromptCategories.Of("text", string.Join(' ', Enumerable.Repeat("hm", 60))));
}
