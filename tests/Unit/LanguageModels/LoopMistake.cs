namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>Mistakes that people make in a loop.</summary>
public enum LoopMistake
{
    None,
    MeanOfMeans,
    LossOfLastMicroBatch,
    NotCleared,
    ClippedPerMicroBatch,
    NeverClipped,
    OneParameterGroup,
    L2InGradient,
    RateOneStepLate,
    OptimizerNotSaved,
    StepNotSaved,
    GeneratorNotSaved,
    SeedNotUsed,
    NotFiniteNotChecked,
    HeadNotOptimized,
}
