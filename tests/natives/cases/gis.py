"""Fields of django.contrib.gis."""

from django.contrib.gis.db import models
from django.contrib.gis.db.models import PointField


class Place(PointField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("srid", 3857)
        super().__init__(*args, **kwargs)


geometry = models.GeometryField()
geometry_all = models.GeometryField(
    "g", 3, True, srid=4258, spatial_index=False, extent=(0, 0, 1, 1), tolerance=0.1, null=True
)
point = models.PointField(blank=True, null=True)
point_geography = PointField(geography=True, default=None)
point_extent = PointField(extent=(-180.0, -90.0, 180.0, 90.0), tolerance=0.05, dim=2)
line = models.LineStringField(verbose_name="l")
polygon = models.PolygonField(srid=-1)
multi_point = models.MultiPointField()
multi_line = models.MultiLineStringField()
multi_polygon = models.MultiPolygonField(srid=2056)
collection = models.GeometryCollectionField()
raster = models.RasterField(srid=4326, spatial_index=True)
place = Place(help_text="h")
char = models.CharField(max_length=3)
