using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The layers that requirements judge until they get another one, and wrong ones.</summary>
public static class LayerImpostors
{
    private static readonly LayerBug[] OfAlibi =
    [
        LayerBug.SoftFuture, LayerBug.AlibiSignFlipped, LayerBug.NoAlibi, LayerBug.SlopesFromZero, LayerBug.SlopesByKeyValueHead,
    ];

    /// <summary>Returns attention of plain operators.</summary>
    /// <param name="alibi">True for linear biases.</param>
    /// <param name="bug">The bug.</param>
    public static Func<LayerCase, Conditions, SubjectLayer> Attention(bool alibi, LayerBug bug = LayerBug.None) => (c, at) =>
    {
        var weights = c.CreateWeights(at);
        var attention = new ReferenceAttention(c.Heads, c.KeyValueHeads, alibi, at.NumberType, bug);
        return new(weights, x => attention.Forward(x, weights));
    };

    /// <summary>Returns a feed-forward network of plain operators.</summary>
    /// <param name="bug">The bug.</param>
    public static Func<LayerCase, Conditions, SubjectLayer> FeedForward(LayerBug bug = LayerBug.None) => (c, at) =>
    {
        var weights = c.CreateWeights(at);
        var network = new ReferenceFeedForward(at.NumberType, bug);
        return new(weights, x => network.Forward(x, weights.Gate, weights.Up, weights.Down));
    };

    /// <summary>Creates one impostor per bug of attention, without those that linear biases alone can have.</summary>
    /// <param name="alibi">True for linear biases, and for all bugs.</param>
    /// <param name="bugs">The bugs.</param>
    public static Impostors<LayerCase, SubjectLayer> OfAttention(bool alibi, params LayerBug[] bugs) =>
        Named(bugs.Where(bug => alibi || !OfAlibi.Contains(bug)), bug => Attention(alibi, bug));

    /// <summary>Creates one impostor per bug of a feed-forward network.</summary>
    /// <param name="bugs">The bugs.</param>
    public static Impostors<LayerCase, SubjectLayer> OfFeedForward(params LayerBug[] bugs) => Named(bugs, FeedForward);

    /// <summary>Creates impostors that apply a change to the right result.</summary>
    /// <param name="create">Creates the right layer.</param>
    /// <param name="changes">The changes by name.</param>
    public static Impostors<LayerCase, SubjectLayer> Changed(
        Func<LayerCase, Conditions, SubjectLayer> create, Dictionary<string, Func<Tensor, LayerCase, Tensor>> changes) =>
        Impostors<LayerCase, SubjectLayer>.Create(changes, change => (c, at) =>
        {
            var layer = create(c, at);
            return new(layer.Weights, x => change(layer.Forward(x), c), layer);
        });

    private static Impostors<LayerCase, SubjectLayer> Named(
        IEnumerable<LayerBug> bugs, Func<LayerBug, Func<LayerCase, Conditions, SubjectLayer>> create) =>
        Impostors<LayerCase, SubjectLayer>.Create(bugs.Select(bug => KeyValuePair.Create(BugName.Format(bug), bug)), create);
}
