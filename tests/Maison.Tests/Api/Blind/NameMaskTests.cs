using Maison.Api.Arena;

namespace Maison.Tests.Api.Blind;

public sealed class NameMaskTests
{
    static readonly NameMask Mask = new(["maison-text-1", "lab/sun-7b", "maison-text-1, temperature 0.3"]);

    [Theory]
    [InlineData("I am maison-text-1.", "I am [name].")]
    [InlineData("MAISON TEXT 1 says hello.", "[name] says hello.")]
    [InlineData("Ask Sun_7B or lab / sun-7b.", "Ask [name] or [name].")]
    [InlineData("My name is Claude, made by Anthropic.", "My name is [name], made by [name].")]
    [InlineData("As an AI trained by Google I can not.", "As an AI trained by [name] I can not.")]
    [InlineData("Llamas and Gemini are not hidden. I am happy.", "Llamas and Gemini are not hidden. I am happy.")]
    [InlineData("Claude Monet painted water lilies.", "Claude Monet painted water lilies.")]
    [InlineData("The sun is 1.4 million km across.", "The sun is 1.4 million km across.")]
    [InlineData("", "")]
    public void NamesOfWritersAreHidden(string text, string hidden) => Assert.Equal(hidden, Mask.Hide(text));

    [Fact]
    public void WithoutNamesTextStaysAsItIs() => Assert.Equal("A text.\nOf lines.\n", new NameMask([]).Hide("A text.\nOf lines.\n"));
}
