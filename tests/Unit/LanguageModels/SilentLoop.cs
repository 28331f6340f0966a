using TurkishLlm.Specification.LanguageModels.Loops;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>A loop that reports its loss only.</summary>
internal sealed class SilentLoop(ITrainingLoop loop) : ITrainingLoop
{
    public IReadOnlyDictionary<string, Tensor> Parameters => loop.Parameters;

    public StepResult Step(IReadOnlyList<TokenRows> microBatches) => new(loop.Step(microBatches).Loss);

    public void Save(string folder) => loop.Save(folder);

    public void Load(string folder) => loop.Load(folder);

    public void Dispose() => loop.Dispose();
}
