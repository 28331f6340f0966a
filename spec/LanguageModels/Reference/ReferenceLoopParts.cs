using TurkishLlm.Specification.LanguageModels.Loops;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>A micro-batch among those of its step.</summary>
/// <param name="Index">Its number in the step.</param>
/// <param name="Count">Number of micro-batches of the step.</param>
/// <param name="Counted">Counted targets of the micro-batch.</param>
/// <param name="Positions">All positions of the micro-batch.</param>
/// <param name="StepCounted">Counted targets of the step, on all ranks.</param>
/// <param name="StepPositions">All positions of the step.</param>
internal sealed record MicroBatchShare(
    int Index, int Count, double Counted, double Positions, double StepCounted, double StepPositions);

/// <summary>The parts of <see cref="ReferenceLoop"/>: those by default are correct, and an impostor replaces one.</summary>
internal sealed record ReferenceLoopParts
{
    /// <summary>What is done to the options.</summary>
    public Func<LoopOptions, LoopOptions> Options { get; init; } = options => options;

    /// <summary>The micro-batches that are used.</summary>
    public Func<IReadOnlyList<TokenRows>, IReadOnlyList<TokenRows>> MicroBatches { get; init; } = batches => batches;

    /// <summary>The sum of losses of logits [n, V] and targets [n].</summary>
    public Func<Tensor, Tensor, Tensor> SumLosses { get; init; } = (logits, targets) =>
        nn.functional.cross_entropy(logits, targets, ignore_index: LoopCase.Ignored, reduction: nn.Reduction.Sum);

    /// <summary>By what a sum of losses is divided before its backward pass.</summary>
    public Func<MicroBatchShare, double> Divisor { get; init; } = share => share.StepCounted;

    /// <summary>By what a sum of losses is divided for the report.</summary>
    public Func<MicroBatchShare, double> ReportDivisor { get; init; } = share => share.StepCounted;

    /// <summary>Called before a step.</summary>
    public Action<ReferenceLoop> Begin { get; init; } = loop => loop.ClearGradients();

    /// <summary>Called after the backward pass of a micro-batch.</summary>
    public Action<ReferenceLoop, MicroBatchShare> AfterMicroBatch { get; init; } = (_, _) => { };

    /// <summary>Whether a step is refused, from its loss and the norm of its gradients.</summary>
    public Func<ReferenceLoop, double, double, bool> Refuses { get; init; } = (_, loss, norm) =>
        !double.IsFinite(loss) || !double.IsFinite(norm);

    /// <summary>True if a step that is refused says so.</summary>
    public bool ReportsRefusal { get; init; } = true;

    /// <summary>Clips the gradients and returns the norm to report, from the norm before.</summary>
    public Func<ReferenceLoop, double, double> Clip { get; init; } = (loop, norm) =>
    {
        if (loop.Options.MaxNorm is { } limit && norm > limit) loop.ScaleGradients(_ => limit / norm);
        return norm;
    };

    /// <summary>The learning rate of the next update.</summary>
    public Func<ReferenceLoop, double> Rate { get; init; } = loop => ReferenceLoop.GetRate(loop.Options, loop.State.Step);

    /// <summary>The loss that is reported after the update, from the micro-batches and the loss before it.</summary>
    public Func<ReferenceLoop, IReadOnlyList<TokenRows>, double, double> ReportLoss { get; init; } = (_, _, loss) => loss;

    /// <summary>The learning rate that is reported, from that of the step.</summary>
    public Func<LoopOptions, double, double> ReportRate { get; init; } = (_, rate) => rate;

    /// <summary>The constants of AdamW.</summary>
    public LoopAdamW AdamW { get; init; } = ReferenceLoop.Constants;

    /// <summary>The divisor of a moment, from its β and the number of updates.</summary>
    public Func<double, long, double> Correction { get; init; } = (beta, updates) => 1 - Math.Pow(beta, updates);

    /// <summary>The update ÷ η, from the corrected first moment, the second moment, its correction, and ε.</summary>
    public Func<Tensor, Tensor, double, double, Tensor> Direction { get; init; } = (mean, square, correction, epsilon) =>
        mean / ((square / correction).sqrt() + epsilon);

    /// <summary>Updates a parameter with a learning rate.</summary>
    public Action<ReferenceLoop, string, double> Update { get; init; } = (loop, name, rate) => loop.Update(name, rate);

    /// <summary>Called after the updates of a step.</summary>
    public Action<ReferenceLoop> End { get; init; } = _ => { };

    /// <summary>The seed of the dropout of a micro-batch.</summary>
    public Func<ReferenceLoop, int, long> DropoutSeed { get; init; } = (loop, index) =>
        unchecked(loop.State.Seed * 1_000_003 + 1009 * loop.State.Draws + index);

    /// <summary>Called after a state was read; the second argument is the seed before.</summary>
    public Action<ReferenceLoop, long> AfterLoad { get; init; } = (_, _) => { };

    /// <summary>Evaluates the loop.</summary>
    public Action<ReferenceLoop> Evaluate { get; init; } = loop => loop.ComputeEvaluationLoss();
}
