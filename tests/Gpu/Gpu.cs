using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Spec;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Gpu;

/// <summary>The reference run on the first CUDA device, where there is one.</summary>
internal static class Gpu
{
    private const string Reason = "There is no CUDA device here: point TORCH_DIR at a libtorch built with CUDA, on a machine that has one.";

    private static readonly Dictionary<ComputeType, Lazy<Conditions>> ByType = Enum.GetValues<ComputeType>()
        .ToDictionary(type => type, type => new Lazy<Conditions>(() => new Conditions(PlanFor(type))));

    private static readonly string? Required = Environment.GetEnvironmentVariable(Unavailable.Variable);

    public static void SkipUnlessThere()
    {
        if (!torch.cuda.is_available()) Unavailable.Skip(Required, Reason);
    }

    public static Conditions ConditionsFor(ComputeType type) => ByType[type].Value;

    public static TrainingPlan PlanFor(ComputeType type) => ReferenceRun.Plan with { Device = new DeviceChoice(DeviceKind.Cuda), ComputeType = type };
}
