using TurkishLlm.Specification.LanguageModels.Loops;

namespace TurkishLlm.Specification.LanguageModels;

/// <summary>The requirements of someone's own code, to be verified in a test or judged by a gate.</summary>
public static partial class Judge
{
    /// <summary>Returns the requirements of a training loop: LOOP-01 … LOOP-18.</summary>
    /// <param name="facts">What is stated about the loop.</param>
    /// <param name="create">Creates the loop at step 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The vocabulary has fewer than 8 ids, or a row has fewer than 8 tokens.
    /// </exception>
    /// <example>
    /// <code>
    /// Judge.Loop(new(Vocabulary: 97, Time: 32), options => new MyLoop(options)).Verify();
    /// </code>
    /// </example>
    public static Catalog Loop(LoopFacts facts, Func<LoopOptions, ITrainingLoop> create)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(create);
        ArgumentOutOfRangeException.ThrowIfLessThan(facts.Vocabulary, 8);
        ArgumentOutOfRangeException.ThrowIfLessThan(facts.Time, 8);
        var subject = new LoopSubject(facts, create);
        IReadOnlyList<Requirement> requirements =
        [
            .. AccumulationRequirements.For(subject), .. ReportedLossRequirements.For(subject),
            .. ClippingRequirements.For(subject), .. DecayRequirements.For(subject), .. RateRequirements.For(subject),
            .. ResumeRequirements.For(subject), .. RepeatabilityRequirements.ForRuns(subject),
            .. NotFiniteRequirements.For(subject), .. MovementRequirements.For(subject), .. RankRequirements.For(subject),
            .. OrderRequirements.For(subject), .. RepeatabilityRequirements.ForEvaluation(subject),
            .. AlignmentRequirements.For(subject), .. OptimizerRequirements.For(subject),
        ];
        return new("training loop", requirements.Select(requirement => requirement.InFamily(
            "training loops", UsualPlaces.OfLoops, isSlow: requirement.Id is "LOOP-13")));
    }
}
