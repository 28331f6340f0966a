using FluentAssertions;
using TurkishLlm.Specification.Xunit;
using Xunit.Sdk;

namespace TurkishLlm.Tests.Unit.Packages;

public sealed class PrerequisiteTests : IDisposable
{
    private const string Reason = "There is no device here.";

    // One per test, since tests of this process run in parallel.
    private readonly string _variable = $"TURKISHLLM_TEST_{Guid.NewGuid():N}";

    [Theory, InlineData(null), InlineData(""), InlineData("0")]
    public void Skips_where_nothing_is_required(string? required) =>
        CatchSkipOrFail(required).Should().BeOfType<SkipException>().Which.Message.Should().EndWith(Reason);

    [Theory, InlineData("1"), InlineData("yes")]
    public void Fails_with_the_reason_where_it_is(string required) =>
        CatchSkipOrFail(required)
            .Should()
            .BeOfType<FailException>()
            .Which.Message.Should()
            .Be($"{_variable} is {required}. {Reason}");

    [Fact]
    public void Runs_the_test_if_nothing_is_missing() => Prerequisite.Require(isMet: true, _variable, Reason);

    public void Dispose() => Environment.SetEnvironmentVariable(_variable, null);

    // A skip is an exception too: it would skip this test.
    private Exception CatchSkipOrFail(string? required)
    {
        Environment.SetEnvironmentVariable(_variable, required);
        try
        {
            Prerequisite.Require(isMet: false, _variable, Reason);
        }
        catch (Exception outcome)
        {
            return outcome;
        }
        throw new InvalidOperationException("The test continued.");
    }
}
