using FsCheck;
using FsCheck.Fluent;
using global::Xunit;

namespace TurkishLlm.Specification.Xunit;

/// <summary>Requirements on random cases, with FsCheck.</summary>
public static class RequirementProperties
{
    /// <summary>
    /// Judges a requirement on random cases. A failure prints the smallest case found, the evidence and the seed. The test is
    /// skipped if every case was.
    /// </summary>
    /// <param name="requirement">The requirement, bound to your implementation by <c>For</c>.</param>
    /// <param name="cases">Generates cases and shrinks them.</param>
    /// <param name="count">Number of cases.</param>
    /// <param name="replay">The two numbers that a failure printed, to run exactly that failure again.</param>
    /// <param name="at">The conditions; the CPU in float32 if it is null.</param>
    /// <example>
    /// <code>
    /// CausalityRequirements.Causal.For((_, _) => seed => Decoder.From(new MyGpt(), 97, 64)).HoldsFor(Cases.Decoder, count: 20);
    /// </code>
    /// </example>
    public static void HoldsFor<TCase, TSubject>(
        this Requirement<TCase, TSubject> requirement, Arbitrary<TCase> cases, int count = 60,
        (ulong Seed, ulong Gamma)? replay = null, Conditions? at = null)
        where TCase : notnull
    {
        ArgumentNullException.ThrowIfNull(requirement);
        at ??= Conditions.Cpu;
        var config = Config.QuickThrowOnFailure.WithMaxTest(count).WithQuietOnSuccess(true);
        if (replay is var (seed, gamma)) config = config.WithReplay(seed, gamma);

        var (judged, skipped) = (false, "");
        Prop.ForAll(cases, c =>
        {
            var verdict = requirement.Judge(c, at);
            if (verdict.SkipReason is { } reason) skipped = reason;
            else judged = true;
            return verdict.Holds.Label($"{requirement} {verdict.Evidence}");
        }).Check(config);
        Assert.SkipUnless(judged, skipped);
    }
}
