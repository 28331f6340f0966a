using TurkishLlm.Spec.Chains;
using TurkishLlm.Spec.Data;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Synthesis;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Spec.Tools;
using TurkishLlm.Spec.Training;

namespace TurkishLlm.Spec.Plans;

/// <summary>Lists every requirement by area, in reading order.</summary>
public static class RequirementCatalog
{
    /// <summary>All requirements.</summary>
    public static Catalog All { get; } = new(
    [
        (
            "Tokenizer",
            [
                .. TokenizerSpec.All, .. EncodingSpec.All, .. SplitRuleSpec.All, .. SplitRuleUseSpec.All,
                .. NormalizationSpec.All,
                .. TokenizerTrainingSpec.All, .. TokenizerScaleSpec.All, .. PreTokenCountSpec.All,
                .. MLTokenizerSpec.All, .. MLDecodingSpec.All, .. ForeignVocabularySpec.All,
            ]),
        (
            "Data",
            [
                .. DataSpec.All, .. ShardSpec.All, .. ShardIntegritySpec.All, .. WindowSpec.All, .. CorpusSpec.All,
                .. MixtureSpec.All, .. LongShardSpec.All, .. CorpusShareSpec.All, .. PersonalDataSpec.All,
            ]),
        (
            "Conversations",
            [
                .. ChatSpec.All, .. ExampleSpec.All, .. SftDatasetSpec.All, .. ToolCallSpec.All, .. TruncationMaskSpec.All,
                .. ShuffleSpec.All, .. MixedTextSpec.All, .. JinjaSpec.All, .. SftWeightSpec.All, .. RowCheckSpec.All,
                .. RowScoreSpec.All, .. CurriculumSpec.All, .. ValidationFileSpec.All, .. ChatFormatSpec.All,
                .. ChatFormatFileSpec.All, .. OasstSpec.All,
            ]),
        ("Architecture", ArchitectureSpec.All),
        ("RMSNorm", NormSpec.All),
        ("ALiBi", AlibiSpec.All),
        ("Attention", [.. AttentionSpec.All, .. AttentionReachSpec.All, .. CausalitySpec.All, .. PackingSpec.All]),
        ("SwiGLU", SwiGluSpec.All),
        ("Block", BlockSpec.All),
        ("Kernels", KernelSpec.All),
        (
            "Model",
            [
                .. InitializationSpec.All, .. ModelSpec.All, .. TyingSpec.All, .. VocabularyGrowthSpec.All, .. LossSpec.All,
                .. NoTargetSpec.All,
            ]),
        (
            "Generation",
            [
                .. GenerationSpec.All, .. SamplerSpec.All, .. PrefixCacheSpec.All, .. BatchSpec.All, .. JsonSchemaSpec.All,
                .. ChatSessionSpec.All, .. DecoderSpec.All, .. PackedWeightSpec.All,
            ]),
        (
            "Tools",
            [
                .. ToolLoopSpec.All, .. ToolCallRunSpec.All, .. ToolLimitSpec.All, .. CalculatorSpec.All, .. DateSpec.All,
            ]),
        (
            "Training",
            [
                .. ScheduleSpec.All, .. WsdScheduleSpec.All, .. AdamWSpec.All, .. MuonSpec.All, .. WeightAverageSpec.All,
                .. RangeTestSpec.All, .. GradientNoiseSpec.All, .. AccumulationSpec.All, .. RecomputationSpec.All,
                .. ClippingSpec.All, .. LearningSpec.All,
                .. LearningRateMultipliersSpec.All, .. FineTuningSpec.All, .. ObserverSpec.All,
            ]),
        ("LoRA", [.. LoraSpec.All, .. AdapterSpec.All, .. AdapterRunSpec.All]),
        (
            "Preferences",
            [
                .. PreferenceBatchSpec.All, .. ObjectiveSpec.All, .. PreferenceStepSpec.All, .. PreferenceDataSpec.All,
                .. PreferenceRunSpec.All, .. ReferenceModelSpec.All, .. KtoObjectiveSpec.All, .. KtoStepSpec.All,
                .. LabeledDataSpec.All, .. RewardModelSpec.All, .. RewardStepSpec.All, .. RewardRunSpec.All,
            ]),
        (
            "Rewards",
            [
                .. RewardSpec.All, .. GrpoAdvantageSpec.All, .. GrpoObjectiveSpec.All, .. GrpoLikelihoodSpec.All,
                .. GrpoStepSpec.All, .. GrpoRunSpec.All,
            ]),
        (
            "Evaluation",
            [
                .. ValidationSpec.All, .. ProgressSpec.All, .. AnswerLikelihoodSpec.All, .. AnswerMetricSpec.All,
                .. FieldMatchSpec.All, .. ConfidenceIntervalSpec.All, .. AnswerCheckSpec.All, .. ForgettingSpec.All,
                .. EpochMetricsSpec.All, .. TextAnswerSpec.All, .. TaskSpec.All, .. CheckpointMetricSpec.All, .. TaskRunSpec.All,
            ]),
        ("Sampled answers", [.. AnswerSelectionSpec.All, .. AnswerSamplerSpec.All]),
        ("Logs", [.. LogSpec.All, .. LogTailSpec.All]),
        ("Several processes", [.. RankShardSpec.All, .. ParallelSpec.All, .. ParallelRunSpec.All]),
        ("Shadow run", ShadowRunSpec.All),
        ("Device", DeviceSpec.All),
        (
            "Checkpoints",
            [
                .. ResumeSpec.All, .. RunStateSpec.All, .. LoadingSpec.All, .. InterchangeSpec.All, .. GgufSpec.All,
                .. GgufBlockSpec.All, .. GgufTokenizerSpec.All, .. ExportSpec.All, .. ImportSpec.All,
            ]),
        ("Safety", [.. SpikeSpec.All, .. DivergenceRecoverySpec.All, .. OutOfMemorySpec.All, .. BestCheckpointSpec.All]),
        (
            "Synthesis",
            [
                .. ChunkSpec.All, .. SftRowSpec.All, .. JournalSpec.All, .. GroundingSpec.All, .. ConversationSpec.All,
                .. ReviewSpec.All, .. RestartSpec.All, .. ProbeSpec.All, .. RetrievalSpec.All,
            ]),
        ("Chains", ChainSpec.All),
    ]);

    /// <summary>The areas and their requirements.</summary>
    public static IReadOnlyList<(string Area, IReadOnlyList<Requirement> Requirements)> Areas => All.Areas;

    /// <summary>Returns the area of a requirement; "Own requirements" for one that is not in this catalog.</summary>
    public static string GetArea(Requirement requirement) =>
        Areas.FirstOrDefault(area => area.Requirements.Any(other => other.Id == requirement.Id)).Area ?? "Own requirements";

    /// <summary>Returns the requirement with an id.</summary>
    /// <exception cref="KeyNotFoundException">No requirement has that id.</exception>
    public static Requirement Find(string id) => All.FirstOrDefault(r => r.Id == id)
        ?? throw new KeyNotFoundException($"There is no requirement {id}. `turkishllm spec list` shows them all.");
}
