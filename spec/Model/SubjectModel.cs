using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>A model as a requirement judges it: weights by name and functions for logits and losses. Owns its weights.</summary>
public sealed class SubjectModel : IDisposable
{
    private readonly Func<Tensor, Tensor> _logits;
    private readonly Func<Tensor, Tensor, Tensor> _losses;
    private readonly IDisposable? _model;

    /// <param name="parameters">The weights; the subject takes ownership.</param>
    /// <param name="logits">Ids <c>[b, t]</c> to logits <c>[b, t, vocabulary]</c>.</param>
    /// <param name="losses">Ids and targets to losses, <c>[b, t]</c>; computed from the logits if null.</param>
    /// <param name="model">Another object to dispose.</param>
    internal SubjectModel(
        ParameterTable parameters,
        Func<Tensor, Tensor> logits,
        Func<Tensor, Tensor, Tensor>? losses = null,
        IDisposable? model = null)
    {
        Parameters = parameters;
        _logits = logits;
        _losses = losses ?? ((ids, targets) => CrossEntropy.ComputePerToken(logits(ids), targets));
        _model = model;
    }

    /// <summary>The weights.</summary>
    public ParameterTable Parameters { get; }

    /// <summary>Computes the logits of every position.</summary>
    public Tensor Logits(Tensor ids) => _logits(ids);

    /// <summary>Computes the loss of every position, 0 if ignored.</summary>
    public Tensor Losses(Tensor ids, Tensor targets) => _losses(ids, targets);

    /// <inheritdoc/>
    public void Dispose()
    {
        _model?.Dispose();
        Parameters.Dispose();
    }

    /// <summary>Creates the real model with the weights of a case.</summary>
    internal static SubjectModel Real(ModelCase c, Conditions at) => Real(ModelCase.Weights(c.Config, at), at);

    /// <summary>Creates the real model with given weights.</summary>
    internal static SubjectModel Real(ParameterTable weights, Conditions at)
    {
        var model = new LanguageModel(weights, at.ComputeType);
        return new SubjectModel(weights, ids => model.Forward(ids), (ids, targets) => model.ComputeLosses(ids, targets), model);
    }

    /// <summary>Creates the model with a planted bug and the same weights.</summary>
    internal static Func<ModelCase, Conditions, SubjectModel> Planted(PlantedBug bug) =>
        (c, at) => Planted(ModelCase.Weights(c.Config, at), bug, at);

    internal static SubjectModel Planted(ParameterTable weights, PlantedBug bug, Conditions at)
    {
        var model = new PlantedModel(weights, bug, at.ComputeType);
        return new SubjectModel(weights, ids => model.Logits(ids), model: model);
    }

    /// <summary>Creates impostors named after their bugs.</summary>
    internal static Impostors<ModelCase, SubjectModel> With(params PlantedBug[] bugs) =>
        Impostors<ModelCase, SubjectModel>.Create(bugs, Planted);

    /// <summary>Computes the gradient of the mean loss over counted targets, in the weights.</summary>
    internal void Backward(Tensor ids, Tensor targets)
    {
        Parameters.ClearGradients();
        using var scope = NewDisposeScope();
        (Losses(ids, targets).sum() / CrossEntropyOracle.CountTargets(targets.Longs())).backward();
    }

    /// <summary>Returns the gradient of a weight on the host; null if it has none.</summary>
    internal double[]? Gradient(string name)
    {
        using var gradient = Parameters[name].grad;
        return gradient?.Doubles();
    }
}
