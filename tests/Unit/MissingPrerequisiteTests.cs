using FluentAssertions;
using TurkishLlm.Tests.Shared;
using Xunit.Sdk;

namespace TurkishLlm.Tests.Unit;

public sealed class MissingPrerequisiteTests
{
    private const string Reason = "There is no device here.";

    [Theory, InlineData(null), InlineData(""), InlineData("0")]
    public void Skips_where_nothing_is_required(string? required) =>
        CatchSkipOrFail(required).Should().BeOfType<SkipException>().Which.Message.Should().EndWith(Reason);

    [Theory, InlineData("1"), InlineData("yes")]
    public void Fails_with_the_reason_where_it_is(string required) =>
        CatchSkipOrFail(required)
            .Should()
            .BeOfType<FailException>()
            .Which.Message.Should()
            .Be($"TURKISHLLM_GPU_REQUIRED is {required}. {Reason}");

    // A skip is an exception too: it would skip this test.
    private static Exception CatchSkipOrFail(string? required)
    {
        try
        {
            MissingPrerequisite.SkipOrFail(required, Reason);
        }
        catch (Exception outcome)
        {
            return outcome;
        }
        throw new InvalidOperationException("The test went on.");
    }
}
