using TorchSharp.Modules;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>Creates an optimizer.</summary>
/// <param name="weights">The weights by name. It updates these tensors in place, by their gradients.</param>
/// <param name="constants">Its constants.</param>
public delegate OptimizerSubject CreateOptimizer(IReadOnlyDictionary<string, Parameter> weights, AdamWConstants constants);

/// <summary>The constants of AdamW.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Decay of matrices, times the learning rate; vectors do not decay.</param>
public sealed record AdamWConstants(double Beta1, double Beta2, double Epsilon, double WeightDecay);

/// <summary>Steps of an optimizer over weights with random gradients.</summary>
/// <param name="Steps">Number of steps.</param>
/// <param name="Rate">Learning rate.</param>
/// <param name="Constants">The constants; none has its default value.</param>
public sealed record OptimizerCase(int Steps, double Rate, AdamWConstants Constants)
{
    /// <summary>
    /// Computes a tenth of the first update by a gradient of 0.01, which some gradient of every weight exceeds: g ÷ (|g| + ε)
    /// times the learning rate.
    /// </summary>
    public double GetLeastChange() => Rate / 10 * 0.01 / (0.01 + Constants.Epsilon);
}

/// <summary>An optimizer as a requirement judges it.</summary>
/// <param name="step">Takes a step with a learning rate.</param>
/// <param name="owned">Another object to dispose.</param>
public sealed class OptimizerSubject(Action<double> step, IDisposable? owned = null) : IDisposable
{
    /// <summary>Updates the weights with their gradients.</summary>
    /// <param name="rate">Learning rate.</param>
    public void Step(double rate) => step(rate);

    /// <inheritdoc/>
    public void Dispose() => owned?.Dispose();
}
