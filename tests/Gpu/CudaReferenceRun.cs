using TorchSharp;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Specification.Xunit;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Gpu;

/// <summary>The reference run on the first CUDA device, where there is one.</summary>
internal static class CudaReferenceRun
{
    private const string Reason =
        "There is no CUDA device here: point TORCH_DIR at a libtorch built with CUDA, on a machine that has one.";

    private static readonly Dictionary<ComputeType, Lazy<RunConditions>> ByType = Enum.GetValues<ComputeType>()
        .ToDictionary(type => type, type => new Lazy<RunConditions>(() => new RunConditions(PlanFor(type))));

    public static void SkipUnlessAvailable() =>
        Prerequisite.Require(torch.cuda.is_available(), CudaDevice.RequiredVariable, Reason);

    public static Conditions ConditionsFor(ComputeType type) => ByType[type].Value;

    public static TrainingPlan PlanFor(ComputeType type) =>
        ReferenceRun.Plan with
        {
            Device = new DeviceChoice(DeviceKind.Cuda),
            ComputeType = type,
        };
}
