using System.Runtime.InteropServices;
using FluentAssertions;

namespace TurkishLlm.Tests.Unit.Kernels;

/// <summary>A call with an invalid argument.</summary>
/// <param name="Call">Makes the call.</param>
/// <param name="ExpectedMessageParts">Required parts of the message: the operator, the values, and the rule.</param>
internal sealed record InvalidCall(Action Call, params string[] ExpectedMessageParts)
{
    /// <summary>Makes the call and checks that it throws with the operator, the values and the rule in its message.</summary>
    public void AssertRefused()
    {
        var error = Record.Exception(Call);
        error.Should().NotBeNull("the call must be refused");
        // A message of libtorch names neither the operator that was called nor the shapes of all its operands.
        error.Should().Match(e => e is ArgumentException || e is InvalidOperationException || e is InvalidDataException)
            .And.NotBeOfType<ExternalException>();
        error!.Message.Should().ContainAll(ExpectedMessageParts);
    }
}
