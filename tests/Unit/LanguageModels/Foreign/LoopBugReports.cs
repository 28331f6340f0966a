namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>The bugs of training loops, written down before any requirement judged them.</summary>
internal static class LoopBugReports
{
    public static IReadOnlyList<ForeignBugReport> All { get; } =
    [
        new(
            ForeignBug.MeanOfMeans, "nanoGPT loop",
            "the mean over micro-batches of their mean losses", "huggingface/blog/pull/2414"),
        new(
            ForeignBug.SumOfMeans, "nanoGPT loop",
            "mean losses of micro-batches are added without a division", "huggingface/transformers/pull/35438"),
        new(
            ForeignBug.DividedByConfiguredSteps, "nanoGPT loop",
            "divided by a configured number of micro-batches, not the real one"),
        new(
            ForeignBug.LossOfLastMicroBatch, "nanoGPT loop",
            "the reported loss is that of the last micro-batch", "allenai/allennlp/pull/4706"),
        new(
            ForeignBug.ClippedPerMicroBatch, "nanoGPT loop",
            "gradients are clipped after every micro-batch", "huggingface/transformers/issues/1563"),
        new(
            ForeignBug.ClippedAfterStep, "nanoGPT loop",
            "gradients are clipped after the update", "Lightning-AI/pytorch-lightning/pull/10248"),
        new(
            ForeignBug.ClippedBeforeBackward, "nanoGPT loop",
            "gradients are clipped before the backward pass", "simchowitzlabpublic/nano-world-model/pull/22"),
        new(
            ForeignBug.ClippedWhileScaled, "nanoGPT loop",
            "gradients are clipped before the loss scale is removed", "pytorch/examples/issues/1196"),
        new(ForeignBug.GradientsNotCleared, "nanoGPT loop", "gradients are never cleared"),
        new(ForeignBug.GradientsClearedPerMicroBatch, "nanoGPT loop", "gradients are cleared before every micro-batch"),
        new(
            ForeignBug.WarmupBeginsAtZero, "nanoGPT loop",
            "the first learning rate of the warm-up is 0", "karpathy/nanoGPT/issues/443"),
        new(ForeignBug.CosineOverAllSteps, "nanoGPT loop", "the cosine counts the steps of the warm-up too"),
        new(ForeignBug.DecayOnEverything, "nanoGPT loop", "norms and biases decay too", "Lightning-AI/lit-llama/issues/254"),
        new(ForeignBug.DecayTwice, "nanoGPT loop", "weights decay in the loop and in the optimizer"),
        new(ForeignBug.DecayInGradient, "nanoGPT loop", "decay is added to the gradient", "nntrainer/nntrainer/pull/3565"),
        new(
            ForeignBug.NotFiniteStepped, "nanoGPT loop",
            "an update with a loss that is not a number is made", "epfLLM/Megatron-LLM/issues/33"),
        new(
            ForeignBug.TargetsShiftedTwice, "nanoGPT loop",
            "targets are shifted by the data and by the loss", "huggingface/transformers/issues/47394"),
        new(ForeignBug.TargetsNotShifted, "nanoGPT loop", "targets are the inputs", "huggingface/transformers/issues/27517"),
        new(
            ForeignBug.IgnoredTargetsCounted, "nanoGPT loop",
            "the sum of losses is divided by all positions", "huggingface/transformers/issues/2759"),
        new(ForeignBug.IgnoredTargetsLearned, "nanoGPT loop", "ignored targets are learned as class 0", "01-ai/Yi/issues/110"),
        new(
            ForeignBug.ClassZeroIgnored, "nanoGPT loop",
            "class 0 is taken for padding and ignored", "lucidrains/DALLE-pytorch/issues/57"),
        new(
            ForeignBug.GeneratorNotSaved, "nanoGPT loop",
            "the random generator is not in the checkpoint", "huggingface/transformers/pull/11582"),
        new(
            ForeignBug.StepNotSaved, "nanoGPT loop",
            "the number of steps is not in the checkpoint", "NVIDIA-NeMo/Automodel/issues/763"),
        new(
            ForeignBug.MomentsNotSaved, "nanoGPT loop",
            "the state of the optimizer is not in the checkpoint", "EvolvingLMMs-Lab/OneVision-Encoder/pull/65"),
        new(
            ForeignBug.StaysInEvaluationMode, "nanoGPT loop",
            "the model stays in evaluation mode after an evaluation", "huggingface/lerobot/issues/3668"),
        new(ForeignBug.EvaluationMovesGenerator, "nanoGPT loop", "an evaluation draws from the random stream of training"),
        new(
            ForeignBug.WeightsInBFloat16, "nanoGPT loop",
            "weights are stored in bfloat16, so small updates are lost", "vllm-project/speculators/pull/765"),
        new(ForeignBug.EpsilonIsZero, "nanoGPT loop", "ε of AdamW is rounded to 0 by half precision"),
        new(ForeignBug.EpsilonIsLarge, "nanoGPT loop", "ε of AdamW is 10⁻³ instead of 10⁻⁸"),
        new(
            ForeignBug.ScheduleByMicroBatch, "Trainer loop",
            "the schedule advances with every micro-batch", "huggingface/accelerate/pull/999"),
        new(
            ForeignBug.ScheduleNotSaved, "Trainer loop",
            "the schedule starts again when a run is resumed", "CodefyUI/CodefyUI/issues/118"),
        new(
            ForeignBug.OptimizerHoldsOldWeights, "Trainer loop",
            "loading replaces the weights, the optimizer keeps the old ones", "NVIDIA/Megatron-LM/issues/174"),
        new(
            ForeignBug.HeadNotOptimized, "Trainer loop",
            "the optimizer does not have the head", "huggingface/pytorch-openai-transformer-lm/pull/6"),
        new(
            ForeignBug.MeanOfRankMeans, "Trainer loop",
            "gradients are averaged over ranks, each divided by its own targets", "huggingface/transformers/issues/34242"),
        new(
            ForeignBug.RanksNotSynchronized, "Trainer loop",
            "the last micro-batch is the one that does not synchronize", "modelscope/FunASR/pull/3472"),
        new(
            ForeignBug.ReducedEveryMicroBatch, "Trainer loop",
            "accumulated gradients are summed over ranks after every micro-batch"),
        new(ForeignBug.RanksHaveOwnSeeds, "Trainer loop", "every rank draws weights of its own"),
        new(
            ForeignBug.SameOrderEveryEpoch, "Trainer loop",
            "the sampler does not learn the epoch", "Lightning-AI/pytorch-lightning/issues/224"),
        new(
            ForeignBug.OrderOfFirstEpochOnResume, "Trainer loop",
            "a resumed epoch has the order of epoch 0", "modelscope/ms-swift/issues/10050"),
        new(
            ForeignBug.OrderDrawnAgainOnResume, "Trainer loop",
            "a resumed epoch has a new order, of which the first items are skipped", "wyim-pgl/transgenic/issues/59"),
        new(ForeignBug.LastBatchDropped, "Trainer loop", "the last partial batch of an epoch is dropped"),
        new(ForeignBug.HeldOutOverlaps, "Trainer loop", "the split is off by one, so a held-out item is trained on"),
        new(ForeignBug.CheckpointInBFloat16, "Trainer loop", "the checkpoint stores weights in bfloat16"),
        new(ForeignBug.FrozenWeightsDecay, "Trainer loop", "frozen weights decay"),
        new(ForeignBug.SeedIgnored, "Trainer loop", "the seed is a constant"),
    ];
}
