namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>
/// The impostors that have the same bug, listed before the first explanation was measured. Other bugs have none.
/// </summary>
internal static class ForeignImpostors
{
    private static readonly string[] Restart =
    [
        "rotary positions restart", "learned positions restart", "ALiBi distances restart", "positions restart in each chunk",
    ];

    public static IReadOnlyDictionary<ForeignBug, string[]> ByBug { get; } = new Dictionary<ForeignBug, string[]>
    {
        [ForeignBug.CachePositionsRestart] = Restart,
        [ForeignBug.RopeTableByLength] = Restart,
        [ForeignBug.LearnedPositionsRestart] = Restart,
        [ForeignBug.CacheRotatedAgain] = ["cached keys rotated again"],
        [ForeignBug.ChunkNotCausal] = ["a chunk is not causal inside"],
        [ForeignBug.PaddingAttended] = ["padding is attended to"],
        [ForeignBug.PackedTextsAttend] = ["no mask of segments"],
        [ForeignBug.NormOverTime] = ["norm over time"],
        [ForeignBug.NormOverText] = ["norm over time"],
        [ForeignBug.NormInBFloat16] = ["norms under a forgotten autocast"],
        [ForeignBug.DropoutInEvaluation] = ["dropout in evaluation mode"],
        [ForeignBug.DropoutOffAfterEvaluation] = ["partly off after an evaluation"],
        [ForeignBug.UntiedByLoading] = ["untied by loading"],
        [ForeignBug.UntiedByConversion] = ["untied by a conversion"],
        [ForeignBug.PaddingShiftsLearnedPositions] = ["left padding shifts positions"],
        [ForeignBug.EmbeddingOfUnitVariance] = ["tied embedding of unit variance"],
        [ForeignBug.PaddingMaskInverted] = ["mask inverted"],
        [ForeignBug.LastBlockSkipped] = ["last block skipped"],
        [ForeignBug.TopOneNormalized] = ["weights of experts divided by themselves"],
        [ForeignBug.ExpertsNotRegistered] = ["one tensor is not loaded"],
        [ForeignBug.RouterNoiseInEvaluation] = ["noise"],
        [ForeignBug.CacheKept] = ["a new cache has the last tokens of the one before", "one cache for all"],
        [ForeignBug.ProbabilitiesReturned] = ["probabilities in place of logits"],
        [ForeignBug.EpsilonIsLarge] = ["ε is 10⁻³"],
        [ForeignBug.EpsilonIsZero] = ["ε is rounded to 0"],
        [ForeignBug.MeanOfMeans] = ["the mean of the means"],
        [ForeignBug.SumOfMeans] = ["the sum of the means"],
        [ForeignBug.DividedByConfiguredSteps] = ["the mean of the means", "the sum of the means"],
        [ForeignBug.LossOfLastMicroBatch] = ["the loss of the last micro-batch is reported"],
        [ForeignBug.ClippedPerMicroBatch] = ["clipped after every micro-batch"],
        [ForeignBug.ClippedAfterStep] = ["gradients are never clipped"],
        [ForeignBug.ClippedBeforeBackward] = ["gradients are never clipped"],
        [ForeignBug.GradientsNotCleared] = ["never cleared"],
        [ForeignBug.GradientsClearedPerMicroBatch] =
            ["gradients are cleared between micro-batches", "only the last micro-batch counts"],
        [ForeignBug.DecayOnEverything] = ["every parameter decays", "norms decay too"],
        [ForeignBug.DecayInGradient] = ["decay in the gradient"],
        [ForeignBug.NotFiniteStepped] = ["no check"],
        [ForeignBug.TargetsShiftedTwice] = ["targets are shifted twice"],
        [ForeignBug.TargetsNotShifted] = ["targets are the inputs"],
        [ForeignBug.IgnoredTargetsCounted] =
            ["divided by all positions", "the loss is divided by all positions", "the loss over all positions is reported"],
        [ForeignBug.IgnoredTargetsLearned] = ["ignored targets are class 0"],
        [ForeignBug.ClassZeroIgnored] = ["class 0 is ignored too"],
        [ForeignBug.GeneratorNotSaved] = ["the generator is lost", "the position of the generator is lost"],
        [ForeignBug.StepNotSaved] = ["the schedule starts again", "starts again after resuming"],
        [ForeignBug.ScheduleNotSaved] = ["the schedule starts again", "starts again after resuming"],
        [ForeignBug.MomentsNotSaved] = ["moments are lost"],
        [ForeignBug.StaysInEvaluationMode] = ["dropout stays off"],
        [ForeignBug.EvaluationMovesGenerator] = ["the generator moves on"],
        [ForeignBug.ScheduleByMicroBatch] = ["advanced by every micro-batch"],
        [ForeignBug.HeadNotOptimized] = ["the optimizer holds a copy of the head"],
        [ForeignBug.MeanOfRankMeans] = ["the mean of the ranks' means"],
        [ForeignBug.RanksNotSynchronized] = ["only the first micro-batch is synchronized"],
        [ForeignBug.ReducedEveryMicroBatch] = ["added after every micro-batch"],
        [ForeignBug.RanksHaveOwnSeeds] = ["every rank has its own seed"],
        [ForeignBug.SameOrderEveryEpoch] = ["the same order in every epoch"],
        [ForeignBug.OrderOfFirstEpochOnResume] = ["a resumed epoch has another order"],
        [ForeignBug.OrderDrawnAgainOnResume] = ["a resumed epoch has another order"],
        [ForeignBug.LastBatchDropped] = ["the last partial batch is lost"],
        [ForeignBug.HeldOutOverlaps] = ["off by one at the split"],
        [ForeignBug.CheckpointInBFloat16] = ["weights are stored in bfloat16"],
        [ForeignBug.FrozenWeightsDecay] = ["frozen parameters decay"],
        [ForeignBug.SeedIgnored] = ["the seed is not used"],
    };
}
