using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Training;

namespace TurkishLlm.Spec;

/// <summary>Every requirement, in reading order: the table of contents of the specification.</summary>
public static class Catalogue
{
    /// <summary>The areas and their requirements.</summary>
    public static IReadOnlyList<(string Area, IReadOnlyList<Requirement> Requirements)> Areas { get; } =
    [
        ("Tokenizer", [.. TokenizerSpec.All, .. EncodingSpec.All, .. SplitSpec.All, .. NormalizationSpec.All, .. TokenizerTrainingSpec.All, .. TokenizerScaleSpec.All]),
        ("Data", [.. DataSpec.All, .. ShardSpec.All, .. WindowSpec.All, .. CorpusSpec.All, .. MixtureSpec.All]),
        ("Architecture", ArchitectureSpec.All),
        ("RMSNorm", NormSpec.All),
        ("ALiBi", AlibiSpec.All),
        ("Attention", [.. AttentionSpec.All, .. CausalitySpec.All]),
        ("SwiGLU", SwiGluSpec.All),
        ("Block", BlockSpec.All),
        ("Kernels", KernelSpec.All),
        ("Model", [.. InitializationSpec.All, .. ModelSpec.All, .. TyingSpec.All, .. LossSpec.All]),
        ("Generation", [.. GenerationSpec.All, .. SamplerSpec.All]),
        ("Training", [.. ScheduleSpec.All, .. AdamWSpec.All, .. AccumulationSpec.All, .. ClippingSpec.All, .. LearningSpec.All]),
        ("LoRA", [.. LoraSpec.All, .. AdapterSpec.All, .. AdapterRunSpec.All]),
        ("Preferences", [.. PreferenceBatchSpec.All, .. ObjectiveSpec.All, .. PreferenceStepSpec.All, .. PreferenceDataSpec.All, .. PreferenceRunSpec.All]),
        ("Device", DeviceSpec.All),
        ("Checkpoints", ResumeSpec.All),
    ];

    /// <summary>All requirements.</summary>
    public static IReadOnlyList<Requirement> All { get; } = [.. Areas.SelectMany(area => area.Requirements)];

    /// <summary>The requirement of that number.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public static Requirement Find(string id) => All.FirstOrDefault(r => r.Id == id)
        ?? throw new KeyNotFoundException($"There is no requirement {id}. `turkishllm spec list` shows them all.");
}
