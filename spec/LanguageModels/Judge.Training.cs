using TorchSharp.Modules;
using TurkishLlm.Specification.LanguageModels.Functions;

namespace TurkishLlm.Specification.LanguageModels;

public static partial class Judge
{
    /// <summary>Returns the requirements of a warm-up and half a cosine: P52 … P54, OPT-06.</summary>
    /// <param name="create">Creates the schedule of a case; it is called with numbers of steps from 1.</param>
    /// <example>
    /// <code>
    /// Judge.CosineSchedule(c => step => MyRate(step - 1, c.Peak, c.Minimum, c.Warmup, c.Steps)).Verify();
    /// </code>
    /// </example>
    public static Catalog CosineSchedule(Func<ScheduleCase, LearningRateFunction> create) =>
        Schedule("cosine schedule", CosineScheduleRequirements.All, create);

    /// <summary>Returns the requirements of a warm-up and a line that would end one step after the last: OPT-19.</summary>
    /// <param name="create">Creates the schedule of a case; it is called with numbers of steps from 1.</param>
    /// <example>
    /// <code>
    /// Judge.LinearSchedule(c => step => MyRate(step - 1, c.Peak, c.Minimum, c.Warmup, c.Steps)).Verify();
    /// </code>
    /// </example>
    public static Catalog LinearSchedule(Func<ScheduleCase, LearningRateFunction> create) =>
        Schedule("linear schedule", LinearScheduleRequirements.All, create);

    /// <summary>Returns the requirements of AdamW: OPT-01, OPT-09, OPT-10, OPT-13, NUM-04.</summary>
    /// <param name="create">
    /// Creates an optimizer that updates the weights in place, and returns its step, which takes the learning rate. Weights with
    /// two axes decay; vectors do not.
    /// </param>
    /// <example>
    /// <code>
    /// Judge.AdamW((weights, c) =>
    /// {
    ///     var optimizer = new MyAdamW(weights.Values, c.Beta1, c.Beta2, c.Epsilon, c.WeightDecay);
    ///     return rate => optimizer.Step(rate);
    /// }).Verify();
    /// </code>
    /// </example>
    public static Catalog AdamW(Func<IReadOnlyDictionary<string, Parameter>, AdamWConstants, Action<double>> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        return new("AdamW", AdamWRequirements.All.Select(requirement => requirement.For(
            (_, _) => (weights, constants) => new(create(weights, constants)))));
    }

    /// <summary>
    /// Returns the requirements of clipping by the global norm: ACC-08, ACC-12, and ACC-14 on gradients that are not finite.
    /// <c>clip_grad_norm_</c> of PyTorch fails ACC-14: it makes every gradient NaN.
    /// </summary>
    /// <param name="clip">The function.</param>
    /// <example>
    /// <code>
    /// Judge.Clipping((weights, maxNorm) => MyClip(weights, maxNorm)).Verify();
    /// </code>
    /// </example>
    public static Catalog Clipping(ClipGradients clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        return new("clipping", ClippingRequirements.All.Select(requirement => requirement.For((_, _) => clip)));
    }

    private static Catalog Schedule(
        string name, IReadOnlyList<Requirement<ScheduleCase, LearningRateFunction>> requirements,
        Func<ScheduleCase, LearningRateFunction> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        return new(name, requirements.Select(requirement => requirement.For((c, _) => create(c))));
    }
}
