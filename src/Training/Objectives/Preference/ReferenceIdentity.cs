using TurkishLlm.Data.Preference;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>Everything that reference log-probabilities depend on; if any of it changes, they are stale.</summary>
/// <param name="Weights">Hash of the weights.</param>
/// <param name="Pairs">Hash of the tokens and loss masks of all pairs.</param>
/// <param name="Template">Hash of the chat template.</param>
/// <param name="Compute">Number type of matrix products.</param>
/// <remarks>Spec: DPO-09.</remarks>
public sealed record ReferenceIdentity(string Weights, string Pairs, string Template, string Compute)
{
    /// <summary>Computes the identity of a reference.</summary>
    public static ReferenceIdentity Create(
        ParameterTable weights, IEnumerable<PreferencePair> pairs, ChatTemplate template, ComputeType compute)
    {
        ArgumentNullException.ThrowIfNull(template);
        return new(
            ParameterHash.Compute(weights), PreferenceDataset.ComputeHash(pairs), template.Hash,
            PlanWriter.GetName(compute));
    }

    /// <summary>Describes the difference to another identity, or null.</summary>
    public string? DescribeDifference(ReferenceIdentity other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Weights != other.Weights ? $"other weights ({other.Weights}, now {Weights})"
            : Template != other.Template ? "another chat template or tokenizer"
            : Pairs != other.Pairs ? "other pairs"
            : Compute != other.Compute ? $"another number type ({other.Compute}, now {Compute})"
            : null;
    }
}
