using System.Reflection;
using TurkishLlm.Plans;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Shared;

/// <summary>
/// Clearances for tests of what comes after the gate; judging everything before each of them would take minutes.
/// </summary>
internal static class TestClearance
{
    public static Clearance Create(TrainingPlan plan, string report = "{\"open\": true}", string digest = "5e1f")
    {
        plan.ThrowIfInvalid();
        return (Clearance)Activator.CreateInstance(
            typeof(Clearance),
            BindingFlags.Instance | BindingFlags.NonPublic, binder: null,
            [plan, report, digest, 41],
            culture: null)!;
    }
}
