using System.Globalization;
using Maison.Training.Evaluations;

namespace Maison.Tests.Training.Evaluations;

public sealed class FinalNumberTests
{
    [Theory]
    [InlineData("The answer is 72.", "72")]
    [InlineData("The answer is -5.", "-5")]
    [InlineData("It is −3 °C.", "-3")]
    [InlineData("12 - 5 = 7", "7")]
    [InlineData("12-5", "5")]
    [InlineData("12 -5", "5")]
    [InlineData("(2+3)-4", "4")]
    [InlineData("pages 10-20", "20")]
    [InlineData("COVID-19", "19")]
    [InlineData("She has $1,234.50 left.", "1234.5")]
    [InlineData("a loss of -$40", "-40")]
    [InlineData("a loss of $-40", "-40")]
    [InlineData("1,000,000", "1000000")]
    [InlineData("1, 2, 3", "3")]
    [InlineData("1,2,34", "34")]
    [InlineData("1234,567", "567")]
    [InlineData("12,3456", "3456")]
    [InlineData("half is .5", "0.5")]
    [InlineData("0.50", "0.5")]
    [InlineData("50%", "50")]
    [InlineData("3/4", "4")]
    [InlineData("**18**", "18")]
    [InlineData("x=9\n", "9")]
    [InlineData("007", "7")]
    [InlineData("no number", null)]
    [InlineData("", null)]
    [InlineData("$ - , .", null)]
    [InlineData("99999999999999999999999999999999999999", null)]
    [InlineData("٣", null)]
    public void IsTheLastOfTheText(string text, string? number)
        => Assert.Equal(number is null ? null : decimal.Parse(number, CultureInfo.InvariantCulture), FinalNumber.Of(text));
}
