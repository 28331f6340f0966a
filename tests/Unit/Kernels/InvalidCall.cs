using System.Runtime.InteropServices;
using FluentAssertions;

namespace TurkishLlm.Tests.Unit.Kernels;

/// <summary>A call with something wrong in it.</summary>
/// <param name="Call">Makes the call.</param>
/// <param name="ExpectedMessageParts">What the message must contain: who was called, what it received, and the rule.</param>
internal sealed record InvalidCall(Action Call, params string[] ExpectedMessageParts)
{
    /// <summary>Makes the call: an exception must come, with the operator, the values and the rule in its message.</summary>
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
