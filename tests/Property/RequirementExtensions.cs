using FsCheck;
using TurkishLlm.Specification;
using TurkishLlm.Specification.Xunit;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Property;

/// <summary>A requirement on random cases, under the conditions of the reference run.</summary>
internal static class RequirementExtensions
{
    /// <summary>Judges a requirement on random cases. A failure prints the shrunk case, the evidence and the seed.</summary>
    /// <param name="requirement">What must hold.</param>
    /// <param name="cases">Where the cases come from, and how they shrink.</param>
    /// <param name="count">How many.</param>
    /// <param name="replay">The two numbers that a failure printed, to run exactly that failure again.</param>
    public static void HoldsFor<TCase, TSubject>(
        this Requirement<TCase, TSubject> requirement,
        Arbitrary<TCase> cases,
        int count = 60,
        (ulong Seed, ulong Gamma)? replay = null)
        where TCase : notnull =>
        RequirementProperties.HoldsFor(requirement, cases, count, replay, ReferenceRun.Conditions);
}
