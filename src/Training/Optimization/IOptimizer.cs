using TurkishLlm.Model.Parameters;

namespace TurkishLlm.Training.Optimization;

/// <summary>Updates weights by their gradients, and holds the state of doing so, which is part of a checkpoint.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>Steps taken so far. Bias corrections depend on it, so it is part of a checkpoint.</summary>
    long Steps { get; set; }

    /// <summary>The tables of the state, each with the prefix of its names in a checkpoint.</summary>
    IReadOnlyList<OptimizerState> State { get; }

    /// <summary>Updates every weight once. A weight without a gradient is left unchanged, without decay.</summary>
    /// <param name="baseLearningRate">Learning rate of the step, before multipliers.</param>
    /// <exception cref="TurkishLlm.Model.ShapeException">
    /// A gradient has another shape or type than its weight. No weight was changed.
    /// </exception>
    void Step(double baseLearningRate);
}

/// <summary>A table of the state of an optimizer.</summary>
/// <param name="Prefix">Prefix of its names in a checkpoint.</param>
/// <param name="Description">What an element is, to precede the name of its weight, such as "first moment of ".</param>
/// <param name="Table">The tensors, by the names of the weights.</param>
public sealed record OptimizerState(string Prefix, string Description, ParameterTable Table);
