namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>The bugs of decoders, written down before any requirement judged them.</summary>
internal static class DecoderBugReports
{
    public static IReadOnlyList<ForeignBugReport> All { get; } =
    [
        new(
            ForeignBug.RopeInterleavedInCache, "Llama",
            "the full pass rotates halves, the pass with a cache rotates neighboring pairs",
            "huggingface/transformers/issues/25199"),
        new(
            ForeignBug.CachePositionsRestart, "Llama",
            "the rotary table of a cached step begins at position 0", "pytorch/executorch/pull/2010"),
        new(
            ForeignBug.CacheRotatedAgain, "Llama",
            "keys are cached after the rotation and rotated again when they are read", "EleutherAI/gpt-neox/pull/363"),
        new(
            ForeignBug.CausalMaskTopLeft, "Llama",
            "the causal mask of a cached step is aligned with the first key instead of the last",
            "pytorch/pytorch/issues/144858"),
        new(
            ForeignBug.ChunkNotCausal, "Llama",
            "the causal mask is applied only if there are as many queries as keys", "mlx-node/mlx-node/pull/24"),
        new(
            ForeignBug.HeadsTiledInCache, "Llama",
            "key/value heads are interleaved in the full pass and tiled in a cached step", "EricLBuehler/candle-vllm/pull/52"),
        new(
            ForeignBug.HeadsTiled, "Llama",
            "key/value heads are tiled instead of interleaved, everywhere", "onnx/onnx/pull/7274"),
        new(
            ForeignBug.PaddingShiftsRotation, "Llama",
            "positions of a row with padding on the left begin at the padding", "unslothai/unsloth/pull/4078"),
        new(
            ForeignBug.PaddingAttended, "Llama",
            "the padding mask does not reach the attention", "turboderp-org/exllamav2/issues/606"),
        new(
            ForeignBug.PackedTextsAttend, "Llama",
            "positions restart in packed texts, but attention crosses their border", "huggingface/nanoVLM/pull/204"),
        new(
            ForeignBug.PackedPositionsRunOn, "Llama",
            "attention stays within packed texts, but positions run on", "huggingface/transformers/issues/25452"),
        new(ForeignBug.NormOverTime, "Llama", "RMSNorm averages over the axis of time"),
        new(ForeignBug.NormInBFloat16, "Llama", "RMSNorm is computed in half precision", "meta-llama/llama/issues/1048"),
        new(
            ForeignBug.PositionsInModelType, "Llama",
            "positions and frequencies of the rotary table have the number type of the model", "EleutherAI/gpt-neox/pull/1016"),
        new(
            ForeignBug.RopeTableByLength, "Llama",
            "rotary tables are kept by length, without the offset", "lucidrains/rotary-embedding-torch/issues/11"),
        new(
            ForeignBug.CacheOverwritten, "Llama",
            "the cache overwrites its oldest entry when its capacity is reached", "huggingface/transformers/issues/37574"),
        new(
            ForeignBug.NormInPlace, "Llama",
            "RMSNorm changes its input, which is the residual stream, in place", "GeeeekExplorer/nano-vllm/issues/170"),
        new(
            ForeignBug.DropoutInEvaluation, "GPT-2",
            "dropout of attention weights ignores the mode", "karpathy/nanoGPT/pull/240"),
        new(
            ForeignBug.DropoutOffAfterEvaluation, "GPT-2",
            "dropout of attention weights stays 0 after the first evaluation", "NVIDIA/Megatron-LM/pull/411"),
        new(
            ForeignBug.UntiedByLoading, "GPT-2",
            "loading gives the head a tensor of its own", "huggingface/accelerate/pull/1204"),
        new(
            ForeignBug.UntiedByConversion, "GPT-2",
            "converting gives the head a tensor of its own", "Modalities/modalities/issues/357"),
        new(
            ForeignBug.SoftmaxOverQueries, "GPT-2",
            "softmax over the axis of the queries", "karpathy/ng-video-lecture/issues/42"),
        new(
            ForeignBug.PaddingShiftsLearnedPositions, "GPT-2",
            "padding on the left takes the first learned positions", "ndif-team/nnsight/pull/673"),
        new(ForeignBug.MaskMultiplied, "GPT-2", "scores of the future are multiplied by 0 before the softmax"),
        new(
            ForeignBug.LearnedPositionsRestart, "GPT-2",
            "learned positions of a cached step begin at 0", "mosaicml/examples/pull/244"),
        new(ForeignBug.HeadsByView, "GPT-2", "heads are split by a view, without exchanging axes", "reczoo/FuxiCTR/issues/30"),
        new(
            ForeignBug.HeadsJoinedByView, "GPT-2",
            "heads are joined by a view, without exchanging axes back", "jsbaan/transformer-from-scratch/pull/6"),
        new(ForeignBug.NormOverText, "GPT-2", "LayerNorm averages over time and features"),
        new(ForeignBug.EmbeddingOfUnitVariance, "GPT-2", "the tied embedding keeps the default initialization of unit variance"),
        new(ForeignBug.PaddingMaskInverted, "GPT-2", "the padding mask has the opposite meaning"),
        new(ForeignBug.LastBlockSkipped, "GPT-2", "the loop over the blocks ends one too early"),
        new(
            ForeignBug.TopOneNormalized, "Mixtral",
            "the weight of a single expert is divided by itself, so the router gets no gradient",
            "jingyaogong/minimind/issues/858"),
        new(
            ForeignBug.RouterDetached, "Mixtral",
            "the weights of the experts carry no gradient to the router", "huggingface/transformers/issues/48687"),
        new(
            ForeignBug.ExpertsNotRegistered, "Mixtral",
            "experts are in a plain list, so they are neither saved nor trained", "pytorch/pytorch/issues/715"),
        new(ForeignBug.LastExpertNeverUsed, "Mixtral", "the loop over the experts ends one too early"),
        new(
            ForeignBug.RouterOverTokens, "Mixtral",
            "the softmax of the router runs over the tokens", "sramshetty/mixture-of-depths/issues/3"),
        new(ForeignBug.ExpertOutputsMisplaced, "Mixtral", "outputs of an expert are added in sorted order, not at their tokens"),
        new(ForeignBug.RouterNoiseInEvaluation, "Mixtral", "the noise of the router ignores the mode"),
        new(ForeignBug.CapacityOverBatch, "Mixtral", "an expert drops the last tokens of the batch that exceed its capacity"),
        new(
            ForeignBug.AlibiZeroInCache, "BLOOM",
            "the ALiBi bias has the length of the query, so a cached step has none", "keras-team/keras-hub/pull/2977"),
        new(
            ForeignBug.CacheKept, "BLOOM",
            "a new text continues with the cache of the one before", "ml-explore/mlx-lm/pull/1039"),
        new(ForeignBug.ProbabilitiesReturned, "BLOOM", "the model returns probabilities, and the loss applies softmax again"),
        new(ForeignBug.AlibiSignFlipped, "BLOOM", "the ALiBi bias grows with the distance"),
        new(ForeignBug.ResidualMissing, "BLOOM", "the output of attention replaces the residual stream"),
        new(ForeignBug.BlocksShared, "BLOOM", "all blocks are one object"),
    ];
}
